/**
 * A schedule of the stack that one would deploy, on the embedded AWS: EventBridge Scheduler really fires, the release that was
 * published is deployed, the same time delivered twice deploys once, a run with nothing new changes nothing, a branch is
 * built, and a run in a freeze is refused and says until when. Only the hour is moved: nobody waits for Tuesday.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  SchedulerClient,
  type Target,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import {
  DescribeExecutionCommand,
  type ExecutionListItem,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { documentClient, entriesOf } from '../../aws/journal.ts';
import type { DeployEvent } from '../../core/events.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { deploymentsTableName, locksTableName, scheduleName, stateMachineArn } from '../../core/names.ts';
import { lockstep, PROJECT, type Ran, verdictOf } from '../setup/command.ts';
import { copyBackend, startLocal, stopLocal } from '../setup/local.ts';

const MINUTES = 60_000;
const ENVIRONMENT = 'production';
const PLACE = { region: 'eu-central-1', account: '000000000000' };
const NAME = scheduleName(ENVIRONMENT, 'backend');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-schedule-'));
const world = join(folder, 'world');
const repository = join(folder, 'repository');
const variables: NodeJS.ProcessEnv = { LOCKSTEP_ENV: ENVIRONMENT, SEMIONT_ENV: undefined };
let scheduler: SchedulerClient;
let sfn: SFNClient;
let dynamodb: DynamoDBClient;
/** The schedule as the stack made it. */
let made: GetScheduleCommandOutput;

const command = (...words: string[]): Promise<Ran> => lockstep(words, { directory: repository, variables });

function wentWell(ran: Ran): void {
  if (ran.code !== 0) throw new Error(`exit code ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
}

function edit(change: (environment: Record<string, unknown>) => void): void {
  const file = join(repository, `environments/${ENVIRONMENT}.json`);
  const json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  change(json);
  writeFileSync(file, `${JSON.stringify(json, null, 2)}\n`);
}

const freeze = (json: Record<string, unknown>): void => {
  json['freeze'] = [{ from: '2020-01-01', to: '2099-12-31', reason: 'the books are being closed' }];
};
const FROZEN =
  'No deployment to production begins before Fri 1 Jan 2100 00:00 (Europe/Berlin): the books are being closed.';

function committed(subject: string): string {
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...words], {
      cwd: repository,
      encoding: 'utf8',
    }).trim();
  git('add', '--all');
  git('commit', '--quiet', '--message', subject);
  return git('rev-parse', 'HEAD');
}

async function entries(): Promise<JournalEntry[]> {
  const journal = {
    document: documentClient(dynamodb),
    deployments: deploymentsTableName(ENVIRONMENT),
    locks: locksTableName(ENVIRONMENT),
  };
  const all: JournalEntry[] = [];
  for await (const entry of entriesOf(journal, `backend/${ENVIRONMENT}`)) all.push(entry);
  return all;
}

/** Moves the schedule to a time soon, and gives the deployment that it started then, once that has ended. */
async function fired(target: Partial<Target> = {}): Promise<JournalEntry> {
  const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000).toISOString().slice(0, 19);
  await scheduler.send(
    new UpdateScheduleCommand({
      Name: NAME,
      ScheduleExpression: `at(${at})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { ...(made.Target as Target), ...target },
    }),
  );
  for (;;) {
    const entry = (await entries()).find(({ scheduledAt }) => scheduledAt === `${at}Z`);
    if (entry?.outcome) return entry;
    await sleep(500);
  }
}

beforeAll(async () => {
  mkdirSync(join(repository, 'environments'), { recursive: true });
  copyBackend(repository);
  cpSync(
    join(PROJECT, `environments/${ENVIRONMENT}.json`),
    join(repository, `environments/${ENVIRONMENT}.json`),
  );
  execFileSync('git', ['init', '--quiet', '--initial-branch=main'], { cwd: repository });
  edit((json) => {
    const { backend } = json['services'] as { backend: { health: { bakeSeconds: number } } };
    backend.health.bakeSeconds = 2;
  });
  committed('The backend');
  const { endpoint } = await startLocal(world, ENVIRONMENT);
  variables['AWS_ENDPOINT_URL'] = endpoint;
  const options = {
    endpoint,
    region: PLACE.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  [scheduler, sfn, dynamodb] = [
    new SchedulerClient(options),
    new SFNClient(options),
    new DynamoDBClient(options),
  ];
  made = await scheduler.send(new GetScheduleCommand({ Name: NAME }));
}, 3 * MINUTES);

afterAll(async () => {
  await stopLocal(world);
  rmSync(folder, { recursive: true, force: true });
}, MINUTES);

test(
  'the stack’s schedule is there, and its next times are listed',
  async () => {
    wentWell(await command('publish', '--skip-checks'));
    const ran = await command('schedules');
    wentWell(ran);
    expect(ran.stdout).toMatch(
      /^backend → production {3}0 3 \* \* 2 {2}Europe\/Berlin {3}latest-published\n {2}next {2}Tue \d+ \w{3} \d{4} 03:00/,
    );
    expect(ran.stdout.match(/Tue \d+ \w{3} \d{4} 03:00/g)).toHaveLength(5);
    expect(ran.stdout).toContain('  last  it has not run yet\n');
    expect(ran.stdout).not.toContain('note');
  },
  4 * MINUTES,
);

test(
  'it fires and deploys what was published; the same time delivered again, during and after, starts nothing',
  async () => {
    const firing = fired();
    const schedule = stateMachineArn(PLACE, ENVIRONMENT, 'schedule');
    let first: ExecutionListItem | undefined;
    while (!first) {
      await sleep(100);
      const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: schedule }));
      first = executions?.[0];
    }
    const { input } = await sfn.send(new DescribeExecutionCommand({ executionArn: first.executionArn }));
    const again = async () => {
      const { executionArn } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn: schedule, input }),
      );
      for (;;) {
        const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (status !== 'RUNNING') return status;
        await sleep(100);
      }
    };
    expect(await again()).toBe('SUCCEEDED');
    const entry = await firing;
    expect(await again()).toBe('SUCCEEDED');
    expect(entry).toMatchObject({
      action: 'update',
      requestedBy: 'schedule',
      reason: 'latest-published at 0 3 * * 2 Europe/Berlin',
      outcome: { verdict: 'succeeded' },
    });
    expect(entry.executionArn).toMatch(/:backend-production-schedule-\d{8}T\d{6}Z$/);
    expect((await entries()).filter(({ scheduledAt }) => scheduledAt)).toHaveLength(1);
    const { executions } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: stateMachineArn(PLACE, ENVIRONMENT, 'deploy') }),
    );
    expect(executions?.filter(({ name }) => name?.includes('-schedule-'))).toHaveLength(1);
  },
  4 * MINUTES,
);

test(
  'a second time with nothing new ends unchanged',
  async () => {
    expect((await fired()).outcome).toMatchObject({ verdict: 'unchanged' });
  },
  2 * MINUTES,
);

test(
  'a schedule of a branch builds and releases the commit that was uploaded of it',
  async () => {
    writeFileSync(join(repository, 'examples/backend/NOTES.md'), 'Something that makes another image.\n');
    const hash = committed('Something new');
    wentWell(await command('upload', '--branch', 'main'));
    const late = await command('upload', '--branch', 'main', '--commit', 'HEAD~1');
    expect(late.stdout).toContain(`stands at ${hash.slice(0, 7)} in production already, which is newer`);
    const given = JSON.parse(made.Target?.Input ?? '') as { request: object };
    const request = { ...given.request, action: 'deploy', branch: 'main' };
    const entry = await fired({ Input: JSON.stringify({ ...given, request }) });
    expect(entry).toMatchObject({
      commit: hash,
      subject: 'Something new',
      outcome: { verdict: 'succeeded', running: { commit: hash } },
    });
  },
  4 * MINUTES,
);

test(
  'a deployment that began before a freeze goes on when it is approved in it; whoever approves is told',
  async () => {
    const schema = join(repository, 'examples/backend/prisma/schema.prisma');
    const text = readFileSync(schema, 'utf8');
    writeFileSync(schema, text.replace('  @@map("users")', '  @@index([name])\n  @@map("users")'));
    const migration = join(repository, 'examples/backend/prisma/migrations/20261124090000_users_by_name');
    mkdirSync(migration);
    writeFileSync(join(migration, 'migration.sql'), 'CREATE INDEX "users_name_idx" ON "users"("name");\n');
    edit((json) => {
      json['migrations'] = { rules: { 'creating-index-without-concurrently': 'approve' } };
    });
    committed('Users by name');
    let approved: Promise<Ran> | undefined;
    let id = '';
    const ran = await lockstep(['deploy', '--json'], {
      directory: repository,
      variables,
      onLine: (line) => {
        const event = JSON.parse(line) as DeployEvent;
        if (event.type === 'started') id = event.deploymentId;
        if (approved || event.type !== 'step' || event.step !== 'AwaitApproval') return;
        edit(freeze);
        const accept = 'downtime,no-rollback,data-loss';
        approved = command('approve', id, '--reason', 'reviewed', '--accept', accept);
      },
    });
    wentWell(ran);
    expect((await approved)?.stderr).toBe(
      `note: ${FROZEN} This one began before, and goes on when it is approved.\n`,
    );
    expect(verdictOf(ran).verdict).toBe('succeeded');
  },
  4 * MINUTES,
);

test(
  'in a freeze a run is refused and says until when; a person may override it, and that is recorded',
  async () => {
    committed('A freeze');
    const refused = await command('deploy');
    expect(refused.code).toBe(10);
    expect(refused.stdout).toContain(FROZEN);
    const planned = await command('plan');
    expect(planned.code).toBe(10);
    expect(planned.stdout.replace(/\s+/g, ' ')).toContain(FROZEN);

    const entry = await fired();
    expect(entry.outcome).toMatchObject({ verdict: 'refused', reason: FROZEN });

    const listed = await command('schedules');
    expect(listed.stdout.match(/would be refused until Fri 1 Jan 2100 00:00/g)).toHaveLength(5);
    expect(listed.stdout).toMatch(/^ {2}last .* refused/m);
    expect(listed.stdout).toContain('EventBridge Scheduler still has at(');

    wentWell(await command('update', '--wait', '--override-freeze', 'the shop is down'));
    const [newest] = await entries();
    const shown = await command('show', newest?.deploymentId ?? '');
    expect(shown.stdout.replace(/\s+/g, ' ')).toContain(`override "the shop is down". ${FROZEN}`);
  },
  5 * MINUTES,
);
