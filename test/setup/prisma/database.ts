/**
 * A real database with everything that Migrate needs around it: ECS whose tasks are the registered shell lines, run with
 * Prisma's engine, and the `inspect-database` of the service. AWS itself is answered for.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import type { Manifest } from '../../../core/release.ts';
import { checksum } from '../../../judge/index.ts';
import { handler as inspect } from '../../../lambdas/inspect-database/handler.ts';
import { FakeAws, s3Json } from '../fake-aws.ts';
import { chainWith, DEFINITION, RELEASE, SERVICE } from '../function.ts';
import { openTestDatabase, type TestDatabase } from '../postgres.ts';

process.env['DATABASE_SECRET'] = 'backend-database';
process.env['DATABASE_SCHEMA'] = 'public';

interface Task {
  readonly arn: string;
  readonly child: ChildProcess;
  exitCode: number | undefined;
  readonly lines: string[];
}

export interface Migrator {
  readonly database: TestDatabase;
  readonly aws: FakeAws;
  /** A session of somebody else. */
  connect(application: string): Promise<pg.Client>;
  /** Empties the database, and writes the image's migrations: those named `before` are applied already. */
  begin(files: Readonly<Record<string, string>>, before?: number): Promise<void>;
  /** Runs what a person types where the image is. */
  prisma(words: string): Promise<string>;
  /** Asks the service's own `inspect-database`. */
  ask(request: unknown): Promise<Record<string, unknown>>;
  /** The last task has ended. */
  ended(): Promise<void>;
  close(): Promise<void>;
}

export async function openMigrator(settings: Record<string, string> = {}): Promise<Migrator> {
  const database = await openTestDatabase({ autovacuum: 'off', ...settings });
  const { host, port, user, password } = database;
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-migrator-'));
  const url = `postgresql://${user}:${password}@${host}:${port}/postgres`;
  const clients: pg.Client[] = [];
  const tasks: Task[] = [];
  const secrets = new FakeAws().answer({ 'SecretsManager GetSecretValue': { SecretString: url } });
  const ask = (request: unknown) =>
    chainWith(inspect, { secrets: secrets.client(SecretsManagerClient) })(request);
  const run = (line: string, task: Task['lines']) => {
    const child = spawn('sh', ['-c', line], {
      cwd: folder,
      detached: true,
      env: { PATH: `${import.meta.dirname}:${dirname(process.execPath)}:/usr/bin:/bin`, DATABASE_URL: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => task.push(...text.split('\n')));
    return child;
  };

  let command = '';
  let files: Readonly<Record<string, string>> = {};
  const aws = new FakeAws().answer({
    'ECS DescribeServices': { services: [SERVICE] },
    'ECS DescribeTaskDefinition': { taskDefinition: DEFINITION },
    'ECS RegisterTaskDefinition': (input) => {
      command = commandOf(input['containerDefinitions']);
      return { taskDefinition: { taskDefinitionArn: 'arn:aws:ecs:x:1:task-definition/backend-migrate:1' } };
    },
    'ECS RunTask': (input) => {
      const overrides = input['overrides'] as { containerOverrides?: unknown } | undefined;
      const lines: string[] = [];
      const child = run(overrides ? commandOf(overrides.containerOverrides) : command, lines);
      const task: Task = {
        arn: `arn:aws:ecs:x:1:task/production/${tasks.length}`,
        child,
        exitCode: undefined,
        lines,
      };
      child.once('close', (code) => {
        task.exitCode = code ?? 137;
      });
      tasks.push(task);
      return { tasks: [{ taskArn: task.arn }] };
    },
    'ECS DescribeTasks': (input) => {
      const task = tasks.find(({ arn }) => arn === (input['tasks'] as string[])[0]);
      const stopped = task?.exitCode !== undefined;
      return {
        tasks: [
          {
            taskArn: task?.arn,
            taskDefinitionArn: 'arn:aws:ecs:x:1:task-definition/backend-migrate:1',
            lastStatus: stopped ? 'STOPPED' : 'RUNNING',
            ...(stopped ? { stopCode: 'EssentialContainerExited' } : {}),
            containers: [{ name: 'backend', ...(stopped ? { exitCode: task.exitCode } : {}) }],
          },
        ],
      };
    },
    'ECS StopTask': (input) => {
      const task = tasks.find(({ arn }) => arn === input['task']);
      if (task?.child.pid) process.kill(-task.child.pid, 'SIGKILL');
      return {};
    },
    'CloudWatchLogs GetLogEvents': (input) => {
      const task = tasks.find(({ arn }) =>
        String(input['logStreamName']).endsWith(arn.split('/').at(-1) ?? '?'),
      );
      return { events: (task?.lines ?? []).map((message) => ({ message })) };
    },
    'Lambda Invoke': async (input) => {
      const answer = await ask(JSON.parse(Buffer.from(input['Payload'] as Uint8Array).toString()));
      return { Payload: { transformToString: () => JSON.stringify(answer) } };
    },
    'S3 GetObject': () => s3Json(manifestOf(files)),
  });

  const migrator: Migrator = {
    database,
    aws,
    ask,
    async connect(application_name) {
      const client = new pg.Client({ host, port, user, password, database: 'postgres', application_name });
      // Whoever was ended by the server is no failure of the test.
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
    async begin(all, before = 1) {
      await database.sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
      await database.sql(HISTORY);
      for (const [name, sql] of Object.entries(all).slice(0, before)) {
        await database.sql(sql);
        await database.sql(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
          VALUES ('${name}', '${checksum(sql)}', '${name}', now(), 1)`);
      }
      const place = join(folder, 'prisma/migrations');
      rmSync(place, { recursive: true, force: true });
      for (const [name, sql] of Object.entries(all)) {
        mkdirSync(join(place, name), { recursive: true });
        writeFileSync(join(place, name, 'migration.sql'), sql);
      }
      files = all;
    },
    async prisma(words) {
      const lines: string[] = [];
      const child = run(`npx prisma ${words}`, lines);
      const code = await new Promise((resolve) => child.once('close', resolve));
      if (code !== 0) throw new Error(lines.join('\n'));
      return lines.join('\n');
    },
    async ended() {
      const last = tasks.at(-1);
      if (last && last.exitCode === undefined)
        await new Promise((resolve) => last.child.once('close', resolve));
    },
    async close() {
      for (const { child, exitCode } of tasks)
        if (exitCode === undefined && child.pid) process.kill(-child.pid, 'SIGKILL');
      await Promise.all(clients.map((client) => client.end()));
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return migrator;
}

/** Prisma's own table, as it makes it. */
const HISTORY = `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL,
  finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`;

const manifestOf = (files: Readonly<Record<string, string>>): Manifest => ({
  version: 1,
  service: 'backend',
  repository: 'backend',
  commit: RELEASE.commit,
  subject: '',
  committedAt: '',
  builtAt: '2026-11-24T09:00:00Z',
  tag: RELEASE.tag,
  digest: RELEASE.digest,
  prismaVersion: '7.10.0',
  schema: [],
  migrations: Object.entries(files).map(([name, sql]) => ({ name, sql, checksum: checksum(sql) })),
});

const commandOf = (containers: unknown): string =>
  (containers as { name: string; command: string[] }[]).find(({ name }) => name === 'backend')?.command[0] ??
  '';
