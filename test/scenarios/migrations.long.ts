/**
 * Migrations that do not go well, on the whole embedded AWS: Prisma's own command in a task of the built image, real
 * PostgreSQL, and what a person types afterwards, as it was printed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { lockstep, PROJECT, type Ran, stepsOf, verdictOf } from '../setup/command.ts';
import { copyBackend, runningIn, startLocal, stopLocal, variablesOf } from '../setup/local.ts';

const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-migrations-'));
const world = join(folder, 'world');
const repository = join(folder, 'repository');
const variables: NodeJS.ProcessEnv = {};
let url = '';

function git(...words: string[]): void {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  execFileSync('git', [...who, ...words], { cwd: repository, stdio: 'pipe' });
}

function run(words: readonly string[], onLine?: (line: string) => void): Promise<Ran> {
  return lockstep([...words, '--environment', 'dev'], {
    directory: repository,
    variables,
    ...(onLine ? { onLine } : {}),
  });
}
const deploy = (onLine?: (line: string) => void) => run(['deploy', '--service', 'backend', '--json'], onLine);

/** A commit of one more migration, and of what schema.prisma says then. */
function migration(name: string, sql: string, change: (schema: string) => string = (schema) => schema): void {
  const prisma = join(repository, 'examples/backend/prisma');
  mkdirSync(join(prisma, 'migrations', name), { recursive: true });
  writeFileSync(join(prisma, 'migrations', name, 'migration.sql'), sql);
  const schema = join(prisma, 'schema.prisma');
  writeFileSync(schema, change(readFileSync(schema, 'utf8')));
  git('add', '--all');
  git('commit', '--quiet', '--message', name);
}

async function connect(application_name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name });
  await client.connect();
  return client;
}
async function sql(text: string): Promise<Record<string, unknown>[]> {
  const client = await connect('psql');
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Answers the deployment that waits as a shell with nothing but `aws` would: docs/start-execution.md. */
async function answerPast(answer: object): Promise<void> {
  const { endpoint, region } = runningIn(world);
  const settings = { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const dynamodb = new DynamoDBClient(settings);
  const sfn = new SFNClient(settings);
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'lockstep-dev-deployments' }));
  const [taskToken] = Items.flatMap(({ steps, outcome }) =>
    outcome ? [] : (steps?.M?.['AwaitApproval']?.M?.['work']?.M?.['taskToken']?.S ?? []),
  );
  await sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(answer) }));
  dynamodb.destroy();
  sfn.destroy();
}

beforeAll(async () => {
  mkdirSync(join(repository, 'environments'), { recursive: true });
  copyBackend(repository);
  const environment = JSON.parse(readFileSync(join(PROJECT, 'environments/dev.json'), 'utf8'));
  environment.services.backend.health.bakeSeconds = 2;
  environment.migrations = { lockTimeout: '4s', approve: ['needs-approval', 'blocked'] };
  writeFileSync(join(repository, 'environments/dev.json'), JSON.stringify(environment));
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'The backend');
  const running = await startLocal(world, 'dev');
  Object.assign(variables, variablesOf(running));
  const first = verdictOf(await deploy());
  expect(first.verdict).toBe('succeeded');
  const secrets = new SecretsManagerClient({
    endpoint: running.endpoint,
    region: running.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { SecretString } = await secrets.send(
    new GetSecretValueCommand({ SecretId: 'backend-dev/database' }),
  );
  const { host, port, username, password, dbname } = JSON.parse(SecretString ?? '');
  url = `postgresql://${username}:${encodeURIComponent(password)}@${host}:${port}/${dbname}?uselibpqcompat=true&sslmode=require`;
  secrets.destroy();
}, 6 * MINUTES);

afterAll(async () => {
  await stopLocal(world);
  rmSync(folder, { recursive: true, force: true });
}, MINUTES);

/** Fails on a row that no rehearsal has, for no migration has inserted it. */
const HALF = `ALTER TABLE "documents" ADD COLUMN "note" TEXT;
CREATE TABLE "tags" ("id" SERIAL PRIMARY KEY);
-- lockstep:allow backfilling-data reason="a handful of rows"
UPDATE "documents" SET "note" = CASE WHEN "title" = 'Of production' THEN (1 / ("id" - "id"))::text ELSE "title" END WHERE "note" IS NULL;
CREATE TABLE "later" ("id" SERIAL PRIMARY KEY);
`;

test(
  'a file that fails half-way is told, mended by what is printed, and deployed',
  async () => {
    await sql(`INSERT INTO documents (title, body, "ownerId") VALUES ('Of production', '', 1)`);
    migration('20261001000000_note', HALF, (schema) =>
      schema.replace('  summary ', '  note      String?\n  summary '),
    );
    const failed = await deploy();
    expect(verdictOf(failed)).toMatchObject({ verdict: 'migration-failed' });
    expect(failed.code).toBe(12);
    const told = failed.stdout;
    expect(told).toContain('division by zero');
    expect(told).toMatch(/Took effect: line 1 .*, line 2 .*Did not: line 5 /);

    const status = await run(['migrations', 'status']);
    expect(status.code).toBe(10);
    const printed = status.stdout.split('\n').map((line) => line.replace(/^ {2}do {5}/, '').trim());
    for (const line of printed) if (/^(DROP|ALTER) .*-- undoes line/.test(line)) await sql(line);
    await sql(`DELETE FROM documents WHERE title = 'Of production'`);
    const command = printed.find((line) => /^lockstep migrations resolve .*--rolled-back/.test(line)) ?? '';
    const words = command.replace(/ +#.*/, '').split(' ').slice(1);
    const resolved = await lockstep([...words, '--yes'], { directory: repository, variables });
    expect(resolved.stdout).toContain('Resolved: 20261001000000_note is pending again');
    expect(resolved.code).toBe(0);
    const again = await run(['migrations', 'resolve', '20261001000000_note', '--rolled-back', '--yes']);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('has not failed in dev')]);

    expect(verdictOf(await deploy())).toMatchObject({ verdict: 'succeeded' });
    expect(await sql(`SELECT count(*)::int AS empty FROM documents WHERE note IS NULL`)).toEqual([
      { empty: 0 },
    ]);
  },
  8 * MINUTES,
);

test(
  'who holds the lock is named while the migration waits, and it goes through when he has gone',
  async () => {
    migration('20261002000000_seen', 'ALTER TABLE "documents" ADD COLUMN "seen" BOOLEAN;\n');
    const holder = await connect('nightly report');
    const { rows } = await holder.query('SELECT pg_backend_pid() AS pid');
    await holder.query(`BEGIN; UPDATE documents SET body = 'Grace Hopper' WHERE id = 1`);
    let held = true;
    const ran = await deploy((line) => {
      if (held && line.includes('did not get its lock')) {
        held = false;
        void holder.query('COMMIT');
      }
    });
    await holder.end();
    expect(verdictOf(ran)).toMatchObject({ verdict: 'succeeded' });
    expect(ran.stdout).toMatch(
      new RegExp(
        `waits \\d s for a lock on documents behind pid ${rows[0].pid} \\(nightly report, idle in transaction`,
      ),
    );
    expect(ran.stdout).not.toContain('Grace Hopper');
    expect(held).toBe(false);
  },
  8 * MINUTES,
);

test(
  'what breaks the release that runs is approved consequence by consequence; going back over it is refused, in words',
  async () => {
    migration('20261003000000_gone', 'ALTER TABLE "documents" DROP COLUMN "legacyId";\n', (schema) =>
      schema.replace(/.*archive that this service.*\n.*legacyId.*\n/, ''),
    );
    const past = await deploy((line) => {
      const event = JSON.parse(line);
      if (event.step === 'AwaitApproval' && event.status === 'waiting')
        void answerPast({ approvedBy: 'a script', reason: 'it is green', accepted: ['data-loss'] });
    });
    expect(past.code).toBe(10);
    expect(verdictOf(past)).toMatchObject({
      verdict: 'refused',
      reason: expect.stringContaining('consequences that you have not accepted: downtime, no-rollback'),
    });
    expect(stepsOf(past)['Migrate']).toBeUndefined();

    const answers: Promise<Ran>[] = [];
    let id = '';
    const ran = await deploy((line) => {
      const event = JSON.parse(line);
      if (event.type === 'started') id = event.deploymentId;
      if (event.step !== 'AwaitApproval' || event.status !== 'waiting' || answers.length > 0) return;
      const approve = ['approve', id, '--reason', 'nobody reads it'];
      answers.push(
        run([...approve, '--accept', 'data-loss']).then((refused) => {
          answers.push(run([...approve, '--accept', 'downtime,no-rollback,data-loss']));
          return refused;
        }),
      );
    });
    const [refused, approved] = [await answers[0], await answers[1]];
    expect([refused?.code, refused?.stderr]).toEqual([
      1,
      expect.stringContaining('consequences that you have not accepted: downtime, no-rollback'),
    ]);
    expect(approved?.code).toBe(0);
    expect(stepsOf(ran)['AwaitApproval']?.summary).toMatch(
      /^approved by .+, accepting downtime, no-rollback, data-loss: “nobody reads it”$/,
    );
    expect(verdictOf(ran)).toMatchObject({ verdict: 'succeeded' });

    const back = await run(['rollback', '--service', 'backend', '--yes', '--json']);
    expect(back.code).toBe(10);
    expect(verdictOf(back)).toMatchObject({ verdict: 'refused' });
    expect(stepsOf(back)['UpdateService']).toBeUndefined();
    expect(verdictOf(back).reason).toMatch(
      /20261003000000_gone changed what it reads or writes: it cannot read Document\.legacyId \(P2022\)/,
    );
    expect(verdictOf(back).remedy).toMatch(/restore the snapshot lockstep-backend-dev-\w+ beside/);
    const [column] = await sql(
      `SELECT count(*)::int AS there FROM information_schema.columns WHERE table_name = 'documents' AND column_name = 'legacyId'`,
    );
    expect(column).toEqual({ there: 0 });
  },
  8 * MINUTES,
);
