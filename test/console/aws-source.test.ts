/** The console's answers and actions against a real journal in dynalite and an AWS whose answers the test makes. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Clients } from '../../aws/lazy-clients.ts';
import type { ActionPlan } from '../../console/model/actions.ts';
import type { LiveEvent } from '../../console/model/live.ts';
import { awsSource } from '../../console/server/aws-source.ts';
import type { Place } from '../../console/server/place.ts';
import type { Source } from '../../console/server/source.ts';
import { parseEnvironment } from '../../core/environment.ts';
import { entryOf, type JournalEntry } from '../../core/journal.ts';
import type { Judgement } from '../../core/migrations.ts';
import { awsError, FakeAws, s3Json } from '../setup/fake-aws.ts';
import { ARNS, DEPLOYMENT, OLD, PLAN, RELEASE } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
let source: Source;

const file = {
  deployment: { imageTagStrategy: 'immutable', autoScale: false, minTasks: 2, maxTasks: 2 },
  resources: { cpu: 256, memory: 512 },
  aws: { region: 'eu-central-1' },
  services: {
    backend: { cluster: 'production', port: 4000, database: { secret: 'db' } },
    worker: { cluster: 'production', port: 4000 },
  },
};

function placeOf(): Place {
  const read = parseEnvironment(file);
  if (!('environment' in read)) throw new Error(JSON.stringify(read));
  const made =
    <C>(client: C) =>
    async () =>
      client;
  return {
    environmentName: 'production',
    environment: read.environment,
    account: { id: '111111111111' },
    region: 'eu-central-1',
    embedded: false,
    services: ['backend', 'worker'],
    journal,
    sfn: aws.client(SFNClient),
    stateMachineArn: 'arn:aws:states:eu-central-1:111111111111:stateMachine:lockstep-production-deploy',
    bucket: 'artefacts',
    clients: {
      ecs: made(aws.client(ECSClient)),
      s3: made(aws.client(S3Client)),
      lambda: made(aws.client(LambdaClient)),
      cloudwatch: made(aws.client(CloudWatchClient)),
    } as unknown as Clients,
  };
}

const waits: JournalEntry = {
  ...entryOf(DEPLOYMENT, { commit: RELEASE.commit, subject: PLAN.subject, requestedBy: 'ci' }),
  plan: PLAN,
  steps: {
    Plan: {
      startedAt: '2026-11-24T09:15:02.100Z',
      endedAt: '2026-11-24T09:15:03.000Z',
      status: 'done',
      summary: '',
    },
    MigrateCheck: {
      startedAt: '2026-11-24T09:15:03.100Z',
      endedAt: '2026-11-24T09:15:04.000Z',
      status: 'done',
      summary: '1 pending, 1 finding, a person has to approve',
      work: {
        migration: {
          pending: ['20261124_note'],
          findings: 1,
          oldCode: 'incompatible',
          consequences: ['downtime'],
        },
      },
    },
    AwaitApproval: {
      startedAt: '2026-11-24T09:15:05.000Z',
      status: 'waiting',
      summary: 'waits for a person',
      work: {
        taskToken: 'the-token',
        until: '2026-11-24T13:15:05.000Z',
        consequences: ['downtime', 'no-rollback'],
      },
    },
  },
};

const judgement: Judgement = {
  verdict: 'needs-approval',
  consequences: ['downtime', 'no-rollback'],
  rehearsal: { done: true, milliseconds: 12 },
  compatibility: {
    oldCodeOnNewSchema: 'incompatible',
    newCodeOnOldSchema: 'incompatible',
    details: [
      {
        direction: 'old-code-on-new-schema',
        agreement: 'incompatible',
        model: 'Order',
        field: 'total',
        operation: 'create',
        code: 'P2011',
        why: 'order.create without total',
      },
    ],
  },
  statements: [
    {
      migration: '20261124_note',
      file: 'migration.sql',
      line: 1,
      column: 1,
      text: 'CREATE TABLE "a" ()',
      severity: 'fine',
      by: 'rehearsal',
      effects: [],
    },
    {
      migration: '20261124_note',
      file: 'migration.sql',
      line: 3,
      column: 1,
      text: 'ALTER TABLE "orders" ALTER COLUMN "total" SET NOT NULL',
      severity: 'needs-approval',
      by: 'rehearsal',
      effects: [{ table: 'orders', lock: 'ACCESS EXCLUSIVE', rewrites: false, scans: true }],
      estimate: { low: 25, high: 60, reason: '' },
    },
  ],
  findings: [
    {
      rule: 'setting-not-null',
      severity: 'needs-approval',
      migration: '20261124_note',
      file: 'migration.sql',
      line: 3,
      column: 1,
      statement: 'ALTER TABLE "orders" ALTER COLUMN "total" SET NOT NULL',
      table: 'orders',
      why: 'Every query on orders waits.',
      consequences: ['downtime', 'no-rollback'],
      estimate: { low: 25, high: 60, reason: '' },
    },
  ],
};

beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());
beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  await journal.put(waits);
  aws = new FakeAws().answer({
    'SFN SendTaskSuccess': {},
    'SFN SendTaskFailure': {},
    'ECS DescribeServices': { services: [{ taskDefinition: ARNS.new, loadBalancers: [] }] },
    'S3 GetObject': ({ Key }) =>
      String(Key).startsWith('judgements/') ? s3Json(judgement) : awsError('NoSuchKey'),
    'Lambda Invoke': awsError('ResourceNotFoundException'),
  });
  source = awsSource({ places: [placeOf()], interval: 20, requester: 'ada' });
});

const id = DEPLOYMENT.id;
async function planOf(...[on, request = {}]: Parameters<Source['act']>): Promise<ActionPlan> {
  const answer = await source.act(on, request);
  if (answer.state !== 'plan') throw new Error('it was done without being asked');
  return answer.plan;
}

describe('approving', () => {
  const on = { action: 'approve', id } as const;

  test('shows its plan and sends nothing', async () => {
    const plan = await planOf(on, {});
    expect(plan).toMatchObject({ consequences: ['downtime', 'no-rollback'], needsReason: true });
    expect(plan.lines.join(' ')).toContain('20261124_note');
    expect(aws.calls.filter(({ operation }) => operation.startsWith('SFN'))).toEqual([]);
  });

  test.each([[[]], [['downtime']], [['no-rollback']]] as const)(
    'with %j accepted is refused by the server',
    async (accept) => {
      const { confirm } = await planOf(on, {});
      await expect(source.act(on, { confirm, reason: 'x', accept: [...accept] })).rejects.toMatchObject({
        name: 'ConsequencesNotAccepted',
      });
      expect(aws.count('SFN SendTaskSuccess')).toBe(0);
    },
  );

  test('without a reason is refused', async () => {
    const { confirm } = await planOf(on, {});
    await expect(source.act(on, { confirm, accept: ['downtime', 'no-rollback'] })).rejects.toThrow(
      'A reason is missing.',
    );
  });

  test('of something else than was shown is refused', async () => {
    const { confirm } = await planOf(on, {});
    const work = {
      ...waits.steps.AwaitApproval?.work,
      consequences: ['downtime', 'no-rollback', 'data-loss'],
    };
    await journal.put({
      ...waits,
      steps: { ...waits.steps, AwaitApproval: { startedAt: 'x', status: 'waiting', summary: '', work } },
    });
    await expect(
      source.act(on, { confirm, reason: 'x', accept: ['downtime', 'no-rollback'] }),
    ).rejects.toThrow('has changed since');
    expect(aws.count('SFN SendTaskSuccess')).toBe(0);
  });

  test('with every consequence accepted answers with the token of the journal, and in the requester’s name', async () => {
    const { confirm } = await planOf(on, {});
    const answer = await source.act(on, {
      confirm,
      reason: 'announced',
      accept: ['downtime', 'no-rollback'],
    });
    expect(answer).toMatchObject({ state: 'done', deploymentId: id });
    const [sent] = aws.inputs('SFN SendTaskSuccess');
    expect(sent).toMatchObject({ taskToken: 'the-token' });
    expect(JSON.parse(String(sent?.['output']))).toMatchObject({
      approvedBy: 'ada',
      reason: 'announced',
      accepted: ['downtime', 'no-rollback'],
    });
  });

  test('what does not wait any more is refused in the words of the command', async () => {
    const outcome = {
      verdict: 'refused' as const,
      sentence: 'Refused.',
      running: null,
      reason: null,
      remedy: null,
    };
    await journal.put({ ...waits, outcome });
    await expect(source.act(on, {})).rejects.toMatchObject({ name: 'NotWaiting' });
  });

  test('by whoever started it is refused where the policy wants another person', async () => {
    const settings = { ...PLAN.settings, migrations: { ...PLAN.settings.migrations, selfApproval: false } };
    await journal.put({ ...waits, requestedBy: 'ada', plan: { ...PLAN, settings } });
    const { confirm } = await planOf(on, {});
    const request = { confirm, reason: 'x', accept: ['downtime', 'no-rollback'] as const };
    await expect(source.act(on, { ...request, accept: [...request.accept] })).rejects.toMatchObject({
      name: 'SelfApproval',
    });
    expect((await source.approval(id)).decide).toMatchObject({ mayApprove: false });
  });
});

test('cancelling one that waits marks its lock and refuses its migrations at once', async () => {
  const on = { action: 'cancel', id } as const;
  const { confirm } = await planOf(on, {});
  await source.act(on, { confirm });
  expect(aws.inputs('SFN SendTaskFailure')[0]).toMatchObject({
    taskToken: 'the-token',
    error: 'ApprovalDenied',
  });
});

test('going back names where to, and starts an execution that goes there', async () => {
  const proven = { proven: OLD, provenAt: '2026-11-21T10:00:00.000Z' };
  const outcome = {
    verdict: 'succeeded' as const,
    sentence: 'Succeeded.',
    running: OLD,
    reason: null,
    remedy: null,
  };
  await journal.put({
    ...waits,
    ...proven,
    outcome,
    deploymentId: 'aaaaaaaa',
    startedAt: '2026-11-21T09:55:00.000Z',
  });
  let name = '';
  aws.answer({
    'SFN StartExecution': ({ name: given }) => {
      name = String(given);
      return { executionArn: `arn:${name}` };
    },
  });
  const on = { action: 'rollback', environment: 'production', service: 'backend' } as const;
  const plan = await planOf(on, {});
  expect(plan.lines[0]).toContain('`9f31c2e`');
  expect(await source.act(on, { confirm: plan.confirm })).toMatchObject({
    state: 'done',
    deploymentId: expect.stringMatching(/^[0-9a-f]{8}$/),
  });
  const [started] = aws.inputs('SFN StartExecution');
  expect(JSON.parse(String(started?.['input']))).toMatchObject({
    action: 'rollback',
    rollbackTo: OLD.revision,
    requestedBy: 'ada',
  });
});

test('a judgement is shown with its statements, what they would do, and what the database could not be asked', async () => {
  const { migrations, findings, decide, database } = await source.approval(id);
  expect(migrations[0]?.statements.map(({ findings: about }) => about)).toEqual([[], [0]]);
  expect(migrations[0]?.statements[1]).toMatchObject({
    lock: 'ACCESS EXCLUSIVE',
    waits: 'reads and writes wait',
    compatible: 'incompatible',
    compatibleNote: 'writes P2011',
  });
  expect(findings[0]).toMatchObject({
    writes: '`P2011`: order.create without total',
    failsToday: { answer: 'no' },
  });
  expect(decide?.consequences.map(({ name }) => name)).toEqual(['downtime', 'no-rollback']);
  expect(decide?.commands.approve).toContain('--accept downtime,no-rollback');
  expect(database).toMatchObject({ known: false, problem: { part: 'database' } });
});

test('nothing that is shown has the task token in it', async () => {
  const answers = [
    await source.now(),
    await source.deployment(id),
    await source.history({ days: 365 }),
    await source.approval(id),
  ];
  expect(JSON.stringify(answers)).not.toContain('the-token');
});

test('a service whose row cannot be read leaves the others’ rows', async () => {
  const { send } = journal.document;
  journal.document.send = ((
    command: { input: { ExpressionAttributeValues?: Record<string, string> } },
    ...more: unknown[]
  ) =>
    command.input.ExpressionAttributeValues?.[':target'] === 'worker/production'
      ? Promise.reject(awsError('ProvisionedThroughputExceededException'))
      : (send as (...args: unknown[]) => unknown).call(journal.document, command, ...more)) as typeof send;
  try {
    const { rows } = await source.now();
    expect(rows.map(({ service, journal: { known } }) => [service, known])).toEqual([
      ['backend', true],
      ['worker', false],
    ]);
  } finally {
    journal.document.send = send;
  }
});

test('a service whose tasks have all ended is down, and not one that was never released', async () => {
  aws.answer({
    'ECS DescribeServices': {
      services: [{ taskDefinition: ARNS.new, desiredCount: 2, runningCount: 0, loadBalancers: [] }],
    },
    'ECS ListTasks': { taskArns: [] },
    'CloudWatch DescribeAlarms': { MetricAlarms: [] },
  });
  const { status, problems, latency } = await source.service('production', 'backend');
  expect(status).toBe('down');
  expect(problems[0]?.sentence).toBe('0 of 2 tasks run.');
  expect(latency).toEqual({ known: false, problem: { part: 'latency', sentence: 'no HTTP', remedy: '' } });
});

test('ten pages that ask for the same make one reading', async () => {
  const judgements = () =>
    aws.inputs('S3 GetObject').filter(({ Key }) => String(Key).startsWith('judgements/')).length;
  await Promise.all(Array.from({ length: 10 }, () => source.approval(id)));
  expect(judgements()).toBe(1);
  await new Promise((later) => setTimeout(later, 40));
  await source.approval(id);
  expect(judgements()).toBe(2);
});

test('what there is not is said as the command says it', async () => {
  await expect(source.deployment('00000000')).rejects.toMatchObject({ name: 'DeploymentUnknown' });
  await expect(source.service('staging', 'backend')).rejects.toMatchObject({ name: 'EnvironmentNotFound' });
  await expect(source.service('production', 'nothing')).rejects.toMatchObject({ name: 'ServiceUnknown' });
});

describe('live', () => {
  /** Follows until an event comes that this picks; gives all that came. */
  async function heard(
    deployment: string | undefined,
    picks: (event: LiveEvent) => boolean,
    meanwhile?: () => Promise<unknown>,
  ): Promise<LiveEvent[]> {
    const events: LiveEvent[] = [];
    const found = Promise.withResolvers<void>();
    const stop = source.follow(deployment, (event) => {
      events.push(event);
      if (picks(event)) found.resolve();
    });
    await meanwhile?.();
    await found.promise;
    stop();
    return events;
  }

  test('a verdict comes to the list, the row and the page that follows it', async () => {
    await source.now();
    const outcome = {
      verdict: 'refused' as const,
      sentence: 'Refused. Nothing was changed.',
      running: null,
      reason: null,
      remedy: null,
    };
    const events = await heard(
      id,
      (event) => event.type === 'deployment' && event.deployment.mark === 'refused',
      () => journal.put({ ...waits, outcome, endedAt: '2026-11-24T09:20:00.000Z' }),
    );
    expect(events).toContainEqual({ type: 'history', id, mark: 'refused', sentence: outcome.sentence });
    expect(events.some((event) => event.type === 'row' && event.row.service === 'backend')).toBe(true);
  });

  test('what has not changed is not told again', async () => {
    let reads = 0;
    const events = await heard(id, (event) => event.type === 'read' && ++reads === 6);
    expect(events.filter(({ type }) => type === 'deployment')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'changed')).toHaveLength(1);
  });

  test('ten pages make no more looks than one', async () => {
    const { send } = journal.document;
    let scans = 0;
    journal.document.send = ((command: object, ...more: unknown[]) => {
      if (command.constructor.name === 'ScanCommand') scans++;
      return (send as (...args: unknown[]) => unknown).call(journal.document, command, ...more);
    }) as typeof send;
    const stops = Array.from({ length: 9 }, () => source.follow(undefined, () => {}));
    let reads = 0;
    await heard(undefined, (event) => event.type === 'read' && ++reads === 3);
    for (const stop of stops) stop();
    journal.document.send = send;
    expect(scans).toBeLessThanOrEqual(4);
  });

  test('nobody looks where no page is open', async () => {
    await heard(undefined, ({ type }) => type === 'read');
    const before = aws.calls.length;
    const { send } = journal.document;
    let sent = 0;
    journal.document.send = ((...args: unknown[]) => {
      sent++;
      return (send as (...given: unknown[]) => unknown).call(journal.document, ...args);
    }) as typeof send;
    await new Promise((later) => setTimeout(later, 100));
    journal.document.send = send;
    expect([aws.calls.length, sent]).toEqual([before, 0]);
  });

  test('a journal that cannot be read is told, and being read again too', async () => {
    const { send } = journal.document;
    journal.document.send = (() =>
      Promise.reject(awsError('ExpiredTokenException'))) as unknown as typeof send;
    const events = await heard(
      undefined,
      ({ type }) => type === 'read',
      async () => {
        await new Promise((later) => setTimeout(later, 60));
        journal.document.send = send;
      },
    );
    expect(events[0]).toMatchObject({ type: 'problem', problem: { part: 'journal' } });
  });
});
