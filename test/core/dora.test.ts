/** The four figures, each from a journal that is small enough to count by hand. */
import { type BriefEntry, doraOf, markOf } from '../../core/dora.ts';
import type { Verdict } from '../../core/verdict.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const DAY = 86_400;

interface Made {
  readonly daysAgo: number;
  readonly verdict?: Verdict;
  readonly action?: string;
  readonly target?: string;
  readonly seconds?: number;
  /** Seconds between the commit and the beginning. */
  readonly waited?: number;
  readonly steps?: BriefEntry['steps'];
}

let made = 0;
beforeEach(() => {
  made = 0;
});
function entry({
  daysAgo,
  verdict,
  action = 'deploy',
  target = 'backend/production',
  ...more
}: Made): BriefEntry {
  const started = NOW - daysAgo * DAY * 1000;
  const time = (seconds: number) => new Date(started + seconds * 1000).toISOString();
  return {
    target,
    service: 'backend',
    environment: 'production',
    deploymentId: `d${++made}`,
    executionArn: '',
    startedAt: time(0),
    action,
    commit: null,
    subject: '',
    requestedBy: 'ci',
    reason: null,
    steps: more.steps ?? {},
    plan: {
      running: null,
      rollbackTarget: null,
      committedAt: time(-(more.waited ?? 600)),
      steps: { build: true, migrate: true, release: action !== 'publish' },
    },
    ...(verdict && {
      endedAt: time(more.seconds ?? 300),
      outcome: { verdict, sentence: '', running: null, reason: null, remedy: null },
    }),
  };
}
const at = (daysAgo: number, seconds: number) =>
  new Date(NOW - daysAgo * DAY * 1000 + seconds * 1000).toISOString();
const released = { UpdateService: { startedAt: '', status: 'done' as const, summary: '' } };
const figures = (...entries: BriefEntry[]) => doraOf(entries, { now: NOW, days: 30 });

test('an empty journal gives no figure, and no zero in place of one', () => {
  const { frequency, leadTime, failureRate, restore } = figures();
  expect(frequency).toMatchObject({ perDay: 0, before: null });
  expect(leadTime).toMatchObject({ median: null, p90: null, before: null });
  expect(failureRate).toMatchObject({ percent: null, before: null, failed: 0, of: 0 });
  expect(restore).toEqual({ median: null, worst: null, failures: [] });
  expect(frequency.days).toHaveLength(30);
  expect(leadTime.weeks).toHaveLength(13);
});

test('what never reached the service is no change', () => {
  const verdicts: Verdict[] = [
    'refused',
    'build-failed',
    'migration-failed',
    'unchanged',
    'cancelled',
    'superseded',
  ];
  const some = verdicts.map((verdict) => entry({ daysAgo: 1, verdict }));
  const { frequency, failureRate } = figures(
    ...some,
    entry({ daysAgo: 1 }),
    entry({ daysAgo: 2, verdict: 'succeeded', action: 'publish' }),
  );
  expect(frequency.perDay).toBe(0);
  expect(failureRate.of).toBe(0);
  // Yet each of them is a square of its day.
  expect(frequency.days.find(({ day }) => day === '2026-11-23')?.marks).toHaveLength(7);
});

test('frequency counts changes of the days, and of the days before', () => {
  const { frequency } = figures(
    ...[1, 2, 3].map((daysAgo) => entry({ daysAgo, verdict: 'succeeded' })),
    entry({ daysAgo: 40, verdict: 'succeeded' }),
  );
  expect(frequency.perDay).toBeCloseTo(3 / 30);
  expect(frequency.before).toBeCloseTo(1 / 30);
});

test('lead time runs from the commit to the end of a release that succeeded', () => {
  const { leadTime } = figures(
    ...[600, 1200, 6000].map((waited) => entry({ daysAgo: 1, verdict: 'succeeded', waited, seconds: 300 })),
    entry({ daysAgo: 1, verdict: 'rolled-back', waited: 99_999 }),
    entry({ daysAgo: 1, verdict: 'succeeded', action: 'rollback', waited: 99_999 }),
  );
  expect(leadTime.median).toBe(1500);
  expect(leadTime.p90).toBe(6300);
  expect(leadTime.weeks.at(-1)).toEqual({ week: '2026-11-17', median: 1500, p90: 6300 });
});

test('a release that Lockstep went back from has failed, and is restored when the old one is verified', () => {
  const steps = {
    ...released,
    VerifyHealth: { startedAt: at(1, 100), endedAt: at(1, 236), status: 'failed' as const, summary: '' },
    VerifyRollback: { startedAt: at(1, 240), endedAt: at(1, 379), status: 'done' as const, summary: '' },
  };
  const { failureRate, restore } = figures(
    entry({ daysAgo: 1, verdict: 'rolled-back', steps }),
    ...[2, 3, 4].map((daysAgo) => entry({ daysAgo, verdict: 'succeeded' })),
  );
  expect(failureRate).toMatchObject({ failed: 1, of: 4, percent: 25 });
  expect(restore).toMatchObject({ median: 143, worst: 143 });
  expect(restore.failures).toEqual([{ id: 'd1', at: at(1, 236), seconds: 143, byItself: true }]);
});

test('a release that somebody goes back from later has failed too', () => {
  const { failureRate, restore } = figures(
    entry({ daysAgo: 2, verdict: 'succeeded' }),
    entry({ daysAgo: 1, verdict: 'succeeded', action: 'rollback', seconds: 90 }),
  );
  expect(failureRate).toMatchObject({ failed: 1, of: 1, percent: 100 });
  expect(restore.failures).toEqual([{ id: 'd1', at: at(1, 0), seconds: 90, byItself: false }]);
});

test('what needs a person lasts until the next deployment of the same service that succeeds', () => {
  const bad = { daysAgo: 2, verdict: 'needs-attention' as const, steps: released, seconds: 100 };
  const other = entry({ daysAgo: 1.9, verdict: 'succeeded', target: 'worker/production' });
  expect(figures(entry(bad), other).restore.failures[0]?.seconds).toBeNull();
  const mended = figures(entry(bad), other, entry({ daysAgo: 1, verdict: 'succeeded', seconds: 100 }));
  expect(mended.restore.failures[0]?.seconds).toBe(DAY);
});

test('a migration that left the schema ahead, with no release, is no change', () => {
  expect(figures(entry({ daysAgo: 1, verdict: 'needs-attention' })).failureRate.of).toBe(0);
});

test('one that waits is told from one that runs until it is answered', () => {
  const waits = { AwaitApproval: { startedAt: '', status: 'waiting' as const, summary: '' } };
  expect(markOf({ steps: waits })).toBe('waiting');
  expect(markOf({ steps: { ...waits, ...released } })).toBe('running');
  expect(markOf({ steps: {} })).toBe('running');
});
