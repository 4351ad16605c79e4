/**
 * The guide's troubleshooting cases, each made to happen by the real program that complains of it (the compiler, Prisma,
 * Node, PostgreSQL), and named by what the program says. The cases that need a whole deployment are in faults.test.ts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { buildFailure } from '../../core/build.ts';
import { type ErrorName, LockstepError } from '../../core/errors.ts';
import { recogniseCrash, recogniseTypeError } from '../../core/recognise.ts';
import { TROUBLE } from '../../core/troubleshooting.ts';
import { checksum, compareHistory, loadParser } from '../../judge/index.ts';
import { PROJECT } from '../setup/command.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-trouble-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a program says before it ends. */
function said(words: readonly string[], variables: NodeJS.ProcessEnv = {}): string[] {
  const ran = spawnSync(process.execPath, words, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...variables },
  });
  return `${ran.stdout}\n${ran.stderr}`.split('\n');
}

/** Recognised, with a remedy, and in docs/troubleshooting.md. */
function named(log: readonly string[]): { error: string; sentence: string } {
  const found = recogniseCrash(log);
  if (!found) throw new Error(`not recognised:\n${log.join('\n')}`);
  const { error, message, remedy } = new LockstepError(found.error, found.data);
  expect(remedy).not.toBe('');
  inTheGuide(error);
  return { error, sentence: message };
}

function inTheGuide(error: ErrorName): void {
  expect(TROUBLE.flatMap(({ errors }) => errors)).toContain(error);
}

test('a type error is named with its place', () => {
  writeFileSync(join(folder, 'main.ts'), "export const port: number = 'four thousand';\n");
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const log = said([tsc, '--noEmit', '--strict', '--pretty', 'false', 'main.ts']);
  expect(recogniseTypeError(log)).toEqual({
    place: 'main.ts:1:14',
    message: expect.stringContaining('TS2322'),
  });
  inTheGuide('TypeError');
});

/** Generating needs no schema engine; without one of the machine's own, Prisma would fetch it first. */
const QUIET = { CHECKPOINT_DISABLE: '1', PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
const prisma = join(PROJECT, 'examples/backend/node_modules/prisma/build/index.js');
(existsSync(prisma) ? test : test.skip)(
  'a schema that Prisma cannot generate from is named with its line',
  () => {
    const schema =
      'datasource db {\n  provider = "postgresql"\n}\nmodel Order {\n  id Int @id\n  buyer Person\n}\n';
    writeFileSync(join(folder, 'schema.prisma'), schema);
    const log = said([prisma, 'generate', '--schema', 'schema.prisma'], QUIET);
    const error = buildFailure({ buildStatus: 'FAILED' }, log, { tag: '', repository: '' });
    expect(error.error).toBe('PrismaGenerateFailed');
    expect(error.message).toMatch(/Person|schema\.prisma/);
    inTheGuide('PrismaGenerateFailed');
  },
);

test('a port that is in use is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  try {
    const log = said(['-e', `require('node:http').createServer().listen(${port}, '127.0.0.1')`]);
    expect(named(log)).toEqual({ error: 'PortInUse', sentence: expect.stringContaining(String(port)) });
  } finally {
    server.close();
  }
});

test('a variable that is missing is named', () => {
  const program =
    "if (!process.env.SEARCH_URL) throw new Error('Missing required environment variable: SEARCH_URL')";
  expect(named(said(['-e', program], { SEARCH_URL: undefined }))).toEqual({
    error: 'VariableMissing',
    sentence: expect.stringContaining('SEARCH_URL'),
  });
});

test('a database that lets nobody in is named', async () => {
  const client = new pg.Client({ host: '127.0.0.77', port: 5432, user: 'a', database: 'a' });
  const error = await client.connect().then(
    () => new Error('it connected'),
    (refused: Error) => refused,
  );
  expect(named([String(error)]).error).toBe('DatabaseUnreachable');
});

test('a pool that is exhausted is named, by the server and by the pool', async () => {
  const database = await openTestDatabase({ max_connections: '5', superuser_reserved_connections: '1' });
  const { host, port, user, password } = database;
  const place = { host, port, user, password, database: 'postgres' };
  const clients: pg.Client[] = [];
  const pool = new pg.Pool({ ...place, max: 1 });
  // A connection that the server closes while it is being ended is no failure of the test.
  const ignore = () => undefined;
  pool.on('error', ignore);
  try {
    const held = await pool.connect();
    // For the wait that is to end: making the first connection may take as long as the machine needs.
    pool.options.connectionTimeoutMillis = 100;
    const waited = await pool.connect().then(
      () => 'it got one',
      (error: unknown) => String(error),
    );
    held.release();
    expect(named([waited]).error).toBe('PoolExhausted');
    let refused = '';
    for (let count = 0; count < 8 && refused === ''; count++) {
      const client = new pg.Client(place);
      client.on('error', ignore);
      await client.connect().then(
        () => void clients.push(client),
        (error: unknown) => {
          refused = String(error);
        },
      );
    }
    expect(named([refused]).error).toBe('PoolExhausted');
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await pool.end();
    await database.close();
  }
});

test('a migration that was changed after it was applied, and one that came before it, are named', async () => {
  await loadParser();
  const row = (name: string, sql: string) => ({
    id: name,
    checksum: checksum(sql),
    migrationName: name,
    startedAt: '2026-11-01T00:00:00Z',
    finishedAt: '2026-11-01T00:00:01Z',
    rolledBackAt: null,
    appliedStepsCount: 1,
    logs: null,
  });
  const { findings } = compareHistory({
    migrations: [
      { name: '20261101_a', sql: 'SELECT 1;' },
      { name: '20261102_b', sql: 'SELECT 3;' },
    ],
    rows: [row('20261102_b', 'SELECT 2;')],
    tableExists: true,
    databaseEmpty: false,
    prismaVersion: '7.10.0',
  });
  expect(findings.map(({ kind }) => kind).sort()).toEqual(['edited', 'out-of-order']);
  for (const { means, now } of findings) expect(`${means}${now}`).not.toBe('');
  inTheGuide('MigrationHistoryBroken');
});
