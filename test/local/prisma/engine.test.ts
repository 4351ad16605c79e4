import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort } from '../../../local/services/rds/ports.ts';
import { initialise, type RunningServer, startServer } from '../../../local/services/rds/server.ts';

const ENGINE = fileURLToPath(new URL('../../../local/prisma/schema-engine', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lockstep-prisma-'));
const schema = join(folder, 'schema.prisma');
const filters = { externalTables: [], externalEnums: [] };
const port = await freePort();
let server: RunningServer;
let databases = 0;

beforeAll(async () => {
  await initialise(join(folder, 'data'), 'owner', 'secret');
  server = await startServer({ folder: join(folder, 'data'), port, settings: {}, onLine: () => {} });
  writeFileSync(
    schema,
    'datasource db {\n  provider = "postgresql"\n}\n\nmodel A {\n  i Int @id\n\n  @@map("a")\n}\n',
  );
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly data: { readonly message: string; readonly error_code?: string } };
  readonly printed: readonly string[];
}

/** The executable as Prisma's command line starts it: a database of its own, one JSON message a line. */
class Engine {
  readonly url: string;
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private printed: string[] = [];
  private id = 0;

  constructor(url: string, environment: Record<string, string> = {}) {
    this.url = url;
    this.child = spawn(
      process.execPath,
      [ENGINE, '--datamodels', schema, '--datasource', JSON.stringify({ url })],
      {
        env: { PATH: process.env['PATH'], ...environment },
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    this.exited = new Promise((resolve) => this.child.once('exit', resolve));
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const message = JSON.parse(line) as Answer & {
        id: number;
        method?: string;
        params: { content: string };
      };
      if (message.method === 'print') {
        this.printed.push(message.params.content);
        this.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result: {} })}\n`);
      } else this.waiting.get(message.id)?.({ ...message, printed: this.printed });
    });
  }

  call(method: string, params: unknown): Promise<Answer> {
    const id = ++this.id;
    this.printed = [];
    this.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  async end(): Promise<number | null> {
    this.child.stdin?.end();
    return this.exited;
  }
}

function migrations(files: Record<string, string>) {
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: Object.entries(files).map(([path, value]) => ({
      path,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } },
    })),
  };
}

async function query(url: string, text: string) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function newDatabase(): Promise<string> {
  const name = `d${++databases}`;
  await query(`postgresql://owner:secret@127.0.0.1:${port}/postgres`, `CREATE DATABASE ${name}`);
  return `postgresql://owner:secret@127.0.0.1:${port}/${name}`;
}

test('migrations are applied, functions and concurrent indexes among them, and found applied', async () => {
  const engine = new Engine(await newDatabase());
  const migrationsList = migrations({
    '1_table': 'CREATE TABLE a (i int PRIMARY KEY);\nDO $$ BEGIN PERFORM 1; PERFORM 2; END $$;\n',
    '2_index': '-- CreateIndex\nCREATE INDEX CONCURRENTLY "a_i" ON a (i);',
  });
  expect((await engine.call('applyMigrations', { migrationsList, filters })).result).toEqual({
    appliedMigrationNames: ['1_table', '2_index'],
  });
  const diagnosis = await engine.call('diagnoseMigrationHistory', {
    migrationsList,
    filters,
    optInToShadowDatabase: false,
  });
  expect(diagnosis.result).toMatchObject({
    history: null,
    failedMigrationNames: [],
    editedMigrationNames: [],
  });
  expect(await engine.end()).toBe(0);
});

test('a file that fails stays half applied, P3018 says where, and P3009 until it is resolved', async () => {
  const engine = new Engine(await newDatabase());
  const migrationsList = migrations({
    '1_bad':
      'CREATE TABLE a (i int NOT NULL);\n\n-- fails on what it inserts\nINSERT INTO a VALUES (1), (NULL);\nCREATE TABLE never ();',
  });
  const failed = (await engine.call('applyMigrations', { migrationsList, filters })).error?.data;
  expect(failed?.error_code).toBe('P3018');
  expect(failed?.message).toContain(
    'Migration name: 1_bad\n\nDatabase error code: 23502\n\nDatabase error:\nERROR: null value in column "i"',
  );
  expect(failed?.message).toContain('  4 INSERT INTO a VALUES (1), (NULL);');
  expect(
    await query(engine.url, "SELECT to_regclass('a')::text AS a, to_regclass('never')::text AS never"),
  ).toEqual([{ a: 'a', never: null }]);
  const [row] = await query(engine.url, 'SELECT finished_at, logs FROM _prisma_migrations');
  expect(row).toEqual({ finished_at: null, logs: failed?.message });

  expect((await engine.call('applyMigrations', { migrationsList, filters })).error?.data.error_code).toBe(
    'P3009',
  );
  expect((await engine.call('markMigrationRolledBack', { migrationName: '1_bad' })).error).toBeUndefined();
  expect(await engine.end()).toBe(0);
});

test('a transaction of the user that fails does not keep the failure from being written down', async () => {
  const engine = new Engine(await newDatabase());
  const migrationsList = migrations({ '1_bad': 'BEGIN;\nCREATE TABLE a ();\nSELECT 1/0;\nCOMMIT;' });
  expect((await engine.call('applyMigrations', { migrationsList, filters })).error?.data.error_code).toBe(
    'P3018',
  );
  expect(
    await query(
      engine.url,
      "SELECT to_regclass('a') AS a, logs LIKE '%22012%' AS told FROM _prisma_migrations",
    ),
  ).toEqual([{ a: null, told: true }]);
  await engine.end();
});

test.each([
  ['PGOPTIONS', '', { PGOPTIONS: '-c lock_timeout=200ms' }],
  ['the URL', '?options=-c%20lock_timeout%3D200ms', {}],
])('lock_timeout of %s ends a wait for a lock', async (_, search, environment) => {
  const url = await newDatabase();
  await query(url, 'CREATE TABLE held ()');
  const holder = new pg.Client(url);
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE held');
  await query(
    url,
    'CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)',
  );
  const engine = new Engine(`${url}${search}`, environment);
  const migrationsList = migrations({ '1_waits': 'ALTER TABLE held ADD COLUMN a int;' });
  const { error } = await engine.call('applyMigrations', { migrationsList, filters });
  expect(error?.data).toMatchObject({
    error_code: 'P3018',
    message: expect.stringContaining('Database error code: 55P03'),
  });
  await holder.end();
  await engine.end();
});

test('diff compares migrations, through a shadow database that goes again, with the schema', async () => {
  const engine = new Engine(await newDatabase());
  const from = { tag: 'migrations', ...migrations({ '1_table': 'CREATE TABLE a (i int PRIMARY KEY);' }) };
  const to = {
    tag: 'schemaDatamodel',
    files: [
      {
        path: 'schema.prisma',
        content:
          'datasource db {\n  provider = "postgresql"\n}\n\nmodel A {\n  i Int @id\n  note String?\n\n  @@map("a")\n}\n',
      },
    ],
  };
  const answer = await engine.call('diff', {
    from,
    to,
    script: true,
    exitCode: true,
    shadowDatabaseUrl: null,
    filters,
  });
  expect(answer.error).toBeUndefined();
  expect(answer.result).toMatchObject({ exitCode: 2 });
  expect(answer.printed.join()).toContain('ALTER TABLE "a" ADD COLUMN     "note" TEXT');
  expect(await query(engine.url, "SELECT datname FROM pg_database WHERE datname LIKE '%shadow%'")).toEqual(
    [],
  );
  await engine.end();
});

async function command(
  url: string,
  name: string,
): Promise<{ code: number | null; error: Record<string, unknown> | undefined }> {
  const child = spawn(process.execPath, [ENGINE, '--datasource', JSON.stringify({ url }), 'cli', name], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: { level: string; fields: Record<string, unknown> }[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(JSON.parse(line)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, error: lines.find(({ level }) => level === 'ERROR')?.fields };
}

test('can-connect-to-database tells what is wrong with Prisma’s codes, and create-database makes what is missing', async () => {
  const place = `127.0.0.1:${port}`;
  expect(
    await command(`postgresql://owner:wrong@${place}/postgres`, 'can-connect-to-database'),
  ).toMatchObject({ code: 1, error: { error_code: 'P1000' } });
  expect(
    await command(`postgresql://owner:secret@127.0.0.1:1/postgres`, 'can-connect-to-database'),
  ).toMatchObject({
    code: 1,
    error: {
      error_code: 'P1001',
      message: expect.stringContaining("Can't reach database server at `127.0.0.1:1`"),
    },
  });
  const missing = `postgresql://owner:secret@${place}/missing`;
  expect(await command(missing, 'can-connect-to-database')).toMatchObject({
    code: 1,
    error: { error_code: 'P1003' },
  });
  expect(await command(missing, 'create-database')).toEqual({ code: 0, error: undefined });
  expect(await command(missing, 'can-connect-to-database')).toEqual({ code: 0, error: undefined });
});
