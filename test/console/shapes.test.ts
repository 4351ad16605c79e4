/** What the pages are shown of a journal: of one that the embedded AWS really wrote, and of what it was at earlier moments. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { deploymentOf } from '../../console/server/deployment.ts';
import { graphOf } from '../../console/server/graph.ts';
import { historyOf } from '../../console/server/history-rows.ts';
import { marked } from '../../console/server/names.ts';
import { journalOf } from '../../console/server/now-rows.ts';
import { stepsOf } from '../../console/server/steps.ts';
import { linesOf, spanOf, taskGroupsOf } from '../../console/server/timeline.ts';
import { eventsOf, withoutTokens } from '../../console/server/visits.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { Verdict } from '../../core/verdict.ts';

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'data/rolled-back.json'), 'utf8')) as {
  entries: [JournalEntry, JournalEntry];
  entered: { id: number; type: string; at: string; state: string }[];
};
const [bad, good] = recorded.entries;
const events: HistoryEvent[] = recorded.entered.map(({ id, type, at, state }) => ({
  id,
  type: type as HistoryEvent['type'],
  timestamp: new Date(at),
  stateEnteredEventDetails: { name: state },
}));
const definition = readFileSync(join(import.meta.dirname, '../../statemachine/deploy.asl.json'), 'utf8');
const place = { region: 'eu-central-1', embedded: false };
const NOW = Date.parse(bad.endedAt ?? '') + 60_000;
const page = (entry: JournalEntry, now = NOW) =>
  deploymentOf({ place, entry, others: recorded.entries, requests: null, now });

/** The entry as it stood when this step was the last that had begun. */
function until(
  step: keyof JournalEntry['steps'],
  record: Partial<JournalEntry['steps'][typeof step]> = {},
): JournalEntry {
  const { outcome: _, failure: __, endedAt: ___, proven: ____, provenAt: _____, ...rest } = bad;
  const last = bad.steps[step]?.startedAt ?? '';
  const steps = Object.fromEntries(Object.entries(bad.steps).filter(([, one]) => one.startedAt <= last));
  return {
    ...rest,
    steps: { ...steps, [step]: { ...bad.steps[step], status: 'waiting', ...record } },
  } as JournalEntry;
}
const statuses = (entry: JournalEntry) =>
  Object.fromEntries(stepsOf(entry, [], NOW).map(({ key, status }) => [key, status]));

describe('steps', () => {
  test('of one that went back: each with its end, what was not needed, and the way back', () => {
    expect(statuses(bad)).toEqual({
      AcquireLock: 'done',
      Plan: 'done',
      Build: 'done',
      MigrateCheck: 'done',
      AwaitApproval: 'skipped',
      Snapshot: 'skipped',
      Migrate: 'skipped',
      UpdateService: 'done',
      VerifyHealth: 'failed',
      Rollback: 'done',
      VerifyRollback: 'done',
      Record: 'done',
    });
  });

  test('of one that went well show no way back', () => {
    expect(Object.keys(statuses(good))).not.toContain('Rollback');
  });

  test.each(['Build', 'UpdateService', 'VerifyHealth', 'Rollback'] as const)(
    'while %s polls it runs, and what follows is to come',
    (step) => {
      const now = statuses(until(step));
      expect(now[step]).toBe('running');
      expect(now['Record']).toBe('to-come');
    },
  );

  test('a step whose function has not written anything yet runs all the same', () => {
    const entry = until('Build', { status: 'done' });
    expect(statuses(entry)['MigrateCheck']).toBe('running');
  });

  test('one that waits for a person is told from one that was answered', () => {
    const wait = { startedAt: '2026-11-24T11:58:25.200Z', status: 'waiting' as const, summary: '' };
    const entry = until('MigrateCheck', { status: 'done' });
    const waits = { ...entry, steps: { ...entry.steps, AwaitApproval: wait } };
    expect(statuses(waits)).toMatchObject({
      AwaitApproval: 'waiting',
      Snapshot: 'to-come',
      Migrate: 'to-come',
    });
    expect(page(waits)).toMatchObject({ word: 'Waits for approval.', mark: 'waiting' });
    const snapshot = { startedAt: '2026-11-24T11:58:26.000Z', status: 'waiting' as const, summary: '' };
    const answered = { ...waits, steps: { ...waits.steps, Snapshot: snapshot } };
    expect(statuses(answered)).toMatchObject({ AwaitApproval: 'done', Snapshot: 'running' });
    const refused = {
      ...waits,
      outcome: { verdict: 'refused' as Verdict, sentence: '', running: null, reason: null, remedy: null },
    };
    expect(statuses(refused)).toMatchObject({ AwaitApproval: 'failed', Migrate: 'not-reached' });
  });

  test('an image that is there needs no build', () => {
    const { Build: _, ...steps } = good.steps;
    const plan = { ...good.plan, steps: { build: false, migrate: true, release: true } } as NonNullable<
      JournalEntry['plan']
    >;
    expect(statuses({ ...good, steps, plan })['Build']).toBe('skipped');
  });
});

describe('a deployment', () => {
  test('begins with the verdict, then says why, what its log says, and what is true of the database', () => {
    const { word, sentence, paragraphs, release, error } = page(bad);
    expect(word).toBe('Rolled back.');
    expect(sentence).toBe('backend in local runs `5d3786d` (`backend-local:2`) again, healthy.');
    expect(paragraphs.map(({ label }) => label)).toEqual(['Why', 'Its log', 'What to do', 'Database']);
    expect(paragraphs[1]?.text).toBe('`search: connect ECONNREFUSED search.internal:7700`');
    expect([release.before?.name, release.next?.name, release.after?.name]).toEqual([
      '5d3786d',
      '7eedb32',
      '5d3786d',
    ]);
    expect(release.next?.revision).toBe('backend-local:3');
    expect(error).toBe('HealthEndpointFailed');
  });

  test('that runs says what it does, what follows if it fails, and what one can do', () => {
    const { mark, word, sentence, paragraphs, actions } = page(until('VerifyHealth'));
    expect({ mark, word, actions }).toEqual({ mark: 'running', word: 'Releasing.', actions: ['cancel'] });
    expect(sentence).toBe('backend in local goes from `5d3786d` to `7eedb32`.');
    expect(paragraphs.map(({ label }) => label)).toEqual(['Now', 'If it fails', 'You can']);
  });

  test('that builds has changed nothing', () => {
    expect(page(until('Build'))).toMatchObject({
      word: 'Building.',
      sentence: 'Nothing was changed: backend in local runs `5d3786d`.',
    });
  });

  test('leads to the same execution in the console of AWS, and beside the embedded one nowhere', () => {
    expect(page(bad).executionUrl).toBe(
      `https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/${bad.executionArn}`,
    );
    const embedded = {
      place: { ...place, embedded: true },
      entry: bad,
      others: [],
      requests: null,
      now: NOW,
    };
    expect(deploymentOf(embedded).executionUrl).toBeNull();
  });

  test('lists its logs with the task that failed first', () => {
    const { logSources } = page(bad);
    expect(logSources[0]).toMatchObject({ kind: 'new-task', label: 'New task a26e' });
    expect(logSources.at(-1)).toMatchObject({ id: 'build' });
  });

  test('gives no task token away', () => {
    const work = { taskToken: 'secret-token', until: 'x', consequences: [] };
    const entry = {
      ...until('MigrateCheck', { status: 'done' }),
      steps: {
        ...bad.steps,
        AwaitApproval: { startedAt: 'x', status: 'waiting' as const, summary: '', work },
      },
    };
    expect(JSON.stringify(page(entry))).not.toContain('secret-token');
  });
});

describe('the time line', () => {
  const span = spanOf(bad, stepsOf(bad, [], NOW), NOW);

  test('has the release, the first bad sign, the verdict and the proof, in their order', () => {
    const lines = linesOf(bad, NOW);
    expect(lines.map(({ kind }) => kind)).toEqual(['released', 'sign', 'verdict', 'proven']);
    expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted());
    expect(lines[1]?.text).toBe('a26e unhealthy');
  });

  test('has each task’s life without gaps, old and new', () => {
    const groups = taskGroupsOf(bad, span, NOW);
    if (!groups.known) throw new Error(groups.problem.sentence);
    expect(groups.value.map(({ kind, tasks }) => [kind, tasks.length])).toEqual([
      ['old', 2],
      ['new', 4],
    ]);
    for (const { segments } of groups.value.flatMap(({ tasks }) => tasks))
      for (const [index, { from, to }] of segments.entries()) {
        expect(from < to).toBe(true);
        expect(segments[index - 1]?.to ?? from).toBe(from);
      }
    expect(groups.value[1]?.tasks[0]?.segments.map(({ state }) => state)).toEqual([
      'pending',
      'started',
      'failing',
      'draining',
    ]);
  });

  test('of one that runs ends to the right of now', () => {
    const entry = until('VerifyHealth');
    const at = Date.parse(bad.steps.VerifyHealth?.startedAt ?? '') + 20_000;
    expect(spanOf(entry, stepsOf(entry, [], at), at).to).toBeGreaterThan(at);
    expect(linesOf(entry, at).at(-1)).toMatchObject({ kind: 'now' });
  });

  test('leaves a wait of hours for a person out', () => {
    const wait = { startedAt: '2026-11-24T12:00:00.000Z', status: 'waiting' as const, summary: '' };
    const later = {
      startedAt: '2026-11-24T15:00:00.000Z',
      endedAt: '2026-11-24T15:00:09.000Z',
      status: 'done' as const,
      summary: '',
    };
    const entry = {
      ...bad,
      steps: { Plan: bad.steps.Plan, AwaitApproval: wait, Migrate: later },
      endedAt: '2026-11-24T15:01:00.000Z',
    } as JournalEntry;
    expect(new Date(spanOf(entry, stepsOf(entry, [], NOW), NOW).from).toISOString()).toBe(
      '2026-11-24T14:59:00.000Z',
    );
  });
});

describe('the drawing of the state machine', () => {
  const graph = graphOf(definition, events, stepsOf(bad, [], NOW));
  const taken = graph.edges.filter(({ status }) => status !== 'not-taken');

  test('is the way that was gone, back included', () => {
    expect(taken.map(({ from, to, status }) => `${from} ${to} ${status}`).sort()).toEqual(
      [
        'AcquireLock Plan taken',
        'Plan Build taken',
        'Build MigrateCheck taken',
        'MigrateCheck UpdateService taken',
        'UpdateService VerifyHealth taken',
        'VerifyHealth Rollback failed',
        'Rollback VerifyRollback back',
        'VerifyRollback Record back',
        'Record RolledBack back',
      ].sort(),
    );
  });

  test('folds polls, choices and waits, and has the health check twice', () => {
    const labels = graph.nodes.map(({ label }) => label);
    expect(labels).not.toContain('WaitForHealth');
    expect(labels).not.toContain('HealthDecided');
    expect(labels.filter((label) => label === 'VerifyHealth')).toHaveLength(2);
    expect(graph.edges.every(({ from, to }) => from !== to)).toBe(true);
  });

  test('has every verdict as an ending, at the step that it leaves where nothing was changed', () => {
    const endings = graph.nodes.filter(({ kind }) => kind === 'ending');
    expect(new Set(endings.map(({ verdict }) => verdict))).toEqual(
      new Set([
        'succeeded',
        'unchanged',
        'refused',
        'build-failed',
        'migration-failed',
        'rolled-back',
        'cancelled',
        'superseded',
        'needs-attention',
      ]),
    );
    expect(endings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['Build/build-failed', 'Migrate/migration-failed']),
    );
    expect(endings.filter(({ status }) => status === 'done').map(({ id }) => id)).toEqual(['RolledBack']);
  });

  test('joins only what it has', () => {
    const ids = new Set(graph.nodes.map(({ id }) => id));
    for (const { from, to } of graph.edges) expect([ids.has(from), ids.has(to)]).toEqual([true, true]);
    for (const { comment, kind } of graph.nodes) if (kind === 'step') expect(comment).not.toBe('');
  });

  test('before anything was entered has nothing taken', () => {
    expect(graphOf(definition, [], []).edges.every(({ status }) => status === 'not-taken')).toBe(true);
  });
});

describe('Now and History', () => {
  test('a row tells what runs, since when, and what it came back from', () => {
    const row = journalOf(recorded.entries, NOW);
    expect(row.runs).toMatchObject({ name: '5d3786d', subject: 'Documents and users' });
    expect(row.againSince).toBe(bad.endedAt);
    expect(row.since).toBe(good.provenAt);
    expect(row.latest).toMatchObject({ mark: 'rolled-back', needsEyes: true });
    expect(row.latest?.line).toContain('503');
  });

  test('code and schema move once one of them is touched, and not while a person is waited for', () => {
    const state = (entry: JournalEntry) => journalOf([entry, good], NOW).schema.state;
    expect(state(until('Build'))).toBe('in-step');
    expect(state(until('MigrateCheck', { status: 'done' }))).toBe('in-step');
    expect(state(until('UpdateService'))).toBe('moving');
  });

  test('a day later a bad end is history', () => {
    expect(journalOf(recorded.entries, NOW + 2 * 86_400_000).latest?.needsEyes).toBe(false);
  });

  test('a service without a deployment has nothing, and no zero', () => {
    expect(journalOf([], NOW)).toMatchObject({
      runs: null,
      since: null,
      goesBackTo: null,
      latest: null,
      noWayBack: 'nothing has been released yet',
    });
  });

  test('the list counts by verdict, and filters leave what they name', () => {
    const list = historyOf(recorded.entries, { days: 30 }, NOW, []);
    expect(list.counts).toEqual({ 'rolled-back': 1, succeeded: 1 });
    expect(list.rows.map(({ mark }) => mark)).toEqual(['rolled-back', 'succeeded']);
    expect(list.rows[0]?.segments.map(({ kind }) => kind)).toEqual(['build', 'failed', 'back', 'back']);
    const some = historyOf(recorded.entries, { days: 30, verdict: 'succeeded' }, NOW, []);
    expect(some.rows).toHaveLength(1);
    expect(some.counts).toEqual(list.counts);
    expect(historyOf(recorded.entries, { days: 30, service: 'other' }, NOW, []).rows).toEqual([]);
  });

  test('of more than a thousand the newest are listed, and the list says that it is cut', () => {
    const many = Array.from({ length: 1_200 }, (_, index) => ({ ...good, deploymentId: `d${index}` }));
    const list = historyOf(many, { days: 30 }, NOW, []);
    expect(list.rows).toHaveLength(1_000);
    expect(list.cut).toBe(true);
  });
});

describe('events', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, second));
  const history: HistoryEvent[] = [
    {
      id: 1,
      timestamp: at(0),
      type: 'TaskStateEntered',
      stateEnteredEventDetails: { name: 'Plan', input: '{"service":"backend"}' },
    },
    {
      id: 2,
      timestamp: at(1),
      type: 'TaskFailed',
      taskFailedEventDetails: {
        resourceType: 'lambda',
        resource: 'invoke',
        error: 'Throttled',
        cause: '{"errorMessage":"Rate exceeded"}',
      },
    },
    {
      id: 3,
      timestamp: at(2),
      type: 'TaskSucceeded',
      taskSucceededEventDetails: { resourceType: 'lambda', resource: 'invoke', output: '{}' },
    },
    {
      id: 4,
      timestamp: at(3),
      type: 'TaskStateExited',
      stateExitedEventDetails: { name: 'Plan', output: '{"status":"done"}' },
    },
    {
      id: 5,
      timestamp: at(4),
      type: 'TaskStateEntered',
      stateEnteredEventDetails: { name: 'Build', input: '{}' },
    },
    {
      id: 6,
      timestamp: at(5),
      type: 'TaskFailed',
      taskFailedEventDetails: {
        resourceType: 'lambda',
        resource: 'invoke',
        error: 'TypeError',
        cause: '{"errorMessage":"src/a.ts:1: no"}',
      },
    },
    {
      id: 7,
      timestamp: at(6),
      type: 'TaskStateExited',
      stateExitedEventDetails: { name: 'Build', output: '{}' },
    },
  ];

  test('a failure that was tried again is a retry, one that ended the state is its error', () => {
    const { steps } = eventsOf(history);
    expect(steps[0]).toMatchObject({
      state: 'Plan',
      error: null,
      retries: [{ error: 'Throttled' }],
      output: '{\n  "status": "done"\n}',
    });
    expect(steps[1]).toMatchObject({
      state: 'Build',
      retries: [],
      error: { error: 'TypeError', cause: 'src/a.ts:1: no' },
    });
  });

  test.each([
    '{"taskToken":"AQBAA/secret+x=="}',
    '{"Payload":{"taskToken": "AQBAA/secret+x=="}}',
    JSON.stringify({ parameters: JSON.stringify({ taskToken: 'AQBAA/secret+x==' }) }),
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ TaskToken: 'AQBAA/secret+x==' }) }) }),
  ])('no task token is told: %s', (text) => {
    expect(withoutTokens(text)).not.toContain('secret');
  });
});

test.each([
  ['runs 9f31c2e (backend:41)', 'runs `9f31c2e` (`backend:41`)'],
  ['GET /api/health → 503', 'GET `/api/health` → 503'],
  ['REDIS_URL is missing', '`REDIS_URL` is missing'],
  ['`lockstep show` says 9f31c2e', '`lockstep show` says 9f31c2e'],
  ['a decade of effaced facades', 'a decade of effaced facades'],
])('%s', (sentence, shown) => {
  expect(marked(sentence)).toBe(shown);
});
