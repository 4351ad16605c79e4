/** InspectDatabase against a real PostgreSQL. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { targetOf } from '../../lambdas/inspect-database/connection.ts';
import { handler } from '../../lambdas/inspect-database/handler.ts';
import { withoutValues } from '../../lambdas/inspect-database/history.ts';
import { awsError, FakeAws } from '../setup/fake-aws.ts';
import { chainWith, written } from '../setup/function.ts';
import { openTestDatabase, type TestDatabase } from '../setup/postgres.ts';

process.env['DATABASE_SECRET'] = 'backend-database';
process.env['DATABASE_SCHEMA'] = 'public';

let database: TestDatabase;
let aws: FakeAws;
beforeAll(async () => {
  database = await openTestDatabase();
  // A role that may write: that it cannot is the session's doing.
  await database.sql(`CREATE ROLE app LOGIN PASSWORD 'pass:w@rd' SUPERUSER`);
});
afterAll(() => database.close());

const secret = (value: object | string) =>
  aws.answer({
    'SecretsManager GetSecretValue': {
      SecretString: typeof value === 'string' ? value : JSON.stringify(value),
    },
  });
const parts = () => ({
  host: database.host,
  port: database.port,
  username: 'app',
  password: 'pass:w@rd',
  dbname: 'postgres',
});

beforeEach(() => {
  aws = new FakeAws();
  secret(parts());
});

const ask = (request: unknown) => chainWith(handler, { secrets: aws.client(SecretsManagerClient) })(request);
const probe = async (...queries: string[]) => (await ask({ want: 'probe', queries }))['found'];

describe('the history', () => {
  afterEach(() => database.sql('DROP TABLE IF EXISTS _prisma_migrations, documents'));

  test('of an empty database is none', async () => {
    expect(await ask({ want: 'history' })).toEqual({
      reachable: true,
      applied: null,
      otherTables: false,
      serverVersion: expect.any(Number),
    });
  });

  test('has every row of Prisma’s table, and says whether there are other tables', async () => {
    await database.sql(`
      CREATE TABLE documents (id int);
      CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
        migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
        applied_steps_count int NOT NULL DEFAULT 0);
      INSERT INTO _prisma_migrations VALUES ('1', 'c1', '2026-11-20T10:00:00Z', '20261120_init', NULL, NULL, '2026-11-20T09:59:59Z', 1);
      INSERT INTO _prisma_migrations VALUES ('2', 'c2', NULL, '20261124_note', 'ERROR: DETAIL: Key (email)=(ada@example.com) already exists.', NULL, '2026-11-24T10:00:00Z', 0)`);
    expect(await ask({ want: 'history' })).toMatchObject({
      otherTables: true,
      applied: [
        {
          migrationName: '20261120_init',
          checksum: 'c1',
          finishedAt: '2026-11-20T10:00:00.000Z',
          rolledBackAt: null,
          appliedStepsCount: 1,
        },
        {
          migrationName: '20261124_note',
          finishedAt: null,
          logs: 'ERROR: DETAIL: Key (email)=(…) already exists.',
        },
      ],
    });
  });
});

describe('a probe', () => {
  beforeAll(() =>
    database.sql('CREATE TABLE notes (id int, owner text); INSERT INTO notes VALUES (1, NULL)'),
  );
  afterAll(() => database.sql('DROP TABLE notes'));

  test('says whether something is there, and nothing of what', async () => {
    expect(
      await probe(
        'SELECT * FROM notes WHERE owner IS NULL',
        'SELECT 1 FROM notes WHERE id = 2',
        'SELECT nonsense',
      ),
    ).toEqual([true, false, null]);
  });

  test('that would write is answered with nothing, and nothing is written', async () => {
    const writes = [
      'INSERT INTO notes VALUES (2)',
      'DELETE FROM notes RETURNING 1',
      'CREATE TABLE gone (id int)',
      'WITH gone AS (DELETE FROM notes RETURNING id) SELECT * FROM gone',
      'SELECT 1; DELETE FROM notes',
      'COMMIT; DELETE FROM notes',
    ];
    expect(await probe(...writes)).toEqual(writes.map(() => null));
    expect((await database.sql('SELECT count(*)::int AS count FROM notes')).rows).toEqual([{ count: 1 }]);
  });
});

describe('the facts', () => {
  beforeAll(() =>
    database.sql(
      'CREATE TABLE people (id int, name text); INSERT INTO people VALUES (1, NULL); ANALYZE people',
    ),
  );
  afterAll(() => database.sql('DROP TABLE people'));

  test('tell sizes, settings and whether today’s rows keep to what is pending, and no row', async () => {
    const pending = [{ name: '1', sql: 'ALTER TABLE "people" ALTER COLUMN "name" SET NOT NULL;' }];
    const answer = await ask({ want: 'facts', pending });
    expect(answer).toMatchObject({
      reachable: true,
      facts: {
        serverVersion: expect.any(Number),
        tables: { people: { rows: 1, columns: { name: { notNull: false } } } },
        probes: [{ kind: 'nulls', table: 'people', columns: ['name'], found: true }],
        unknown: [],
      },
    });
  });
});

describe('a pending file of somebody hostile', () => {
  beforeAll(() =>
    database.sql(`CREATE TABLE prey (id int, name text); INSERT INTO prey VALUES (1, 'a');
      CREATE FUNCTION kill(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN DELETE FROM prey; RETURN true; END $$;
      CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = kill)`),
  );
  afterAll(() => database.sql('DROP TABLE prey; DROP FUNCTION kill CASCADE'));

  test.each([
    'ALTER TABLE prey ADD CONSTRAINT c CHECK (id === 1);',
    'ALTER TABLE prey ADD CONSTRAINT c CHECK (kill(id, 1));',
    'ALTER TABLE prey ADD CONSTRAINT c CHECK ((WITH gone AS (DELETE FROM prey RETURNING 1) SELECT true FROM gone));',
    'ALTER TABLE prey ADD CONSTRAINT c CHECK ((SELECT pg_terminate_backend(pg_backend_pid())));',
    `ALTER TABLE prey ADD CONSTRAINT c CHECK (name <> '); DELETE FROM prey; --');`,
    'ALTER TABLE prey ADD CONSTRAINT c CHECK (id > 0); DELETE FROM prey;',
    'SET default_transaction_read_only = off; DROP TABLE prey;',
    'CREATE UNIQUE INDEX ON prey ((kill(id, 1)));',
  ])('writes nothing, though the role may: %s', async (sql) => {
    expect(await ask({ want: 'facts', pending: [{ name: '1', sql }] })).toMatchObject({ reachable: true });
    expect((await database.sql('SELECT count(*)::int AS count FROM prey')).rows).toEqual([{ count: 1 }]);
  });
});

describe('the progress', () => {
  test('of nothing is nothing', async () => {
    expect(await ask({ want: 'progress' })).toEqual({ reachable: true, waiting: null, index: null });
  });

  test('names whom a migration waits for, without a value of theirs', async () => {
    await database.sql('CREATE TABLE busy (id int, name text)');
    const connect = async (application_name: string) => {
      const client = new pg.Client({ ...parts(), user: 'app', database: 'postgres', application_name });
      await client.connect();
      return client;
    };
    const [holder, migrator] = [await connect('psql'), await connect('prisma')];
    await holder.query(`BEGIN; UPDATE busy SET name = 'ada'`);
    await migrator.query('SELECT pg_advisory_lock(72707369)');
    const change = migrator.query('ALTER TABLE busy ADD COLUMN note text');
    try {
      let answer = await ask({ want: 'progress' });
      // The lock is asked for in another process: looked for until it is.
      while (answer['waiting'] === null) answer = await ask({ want: 'progress' });
      expect(answer).toMatchObject({
        waiting: {
          table: 'busy',
          seconds: expect.any(Number),
          blockers: [{ application: 'psql', state: 'idle in transaction' }],
        },
      });
      expect(JSON.stringify(answer)).not.toContain('ada');
    } finally {
      await holder.query('ROLLBACK');
      await change;
      await Promise.all([holder.end(), migrator.end()]);
      await database.sql('DROP TABLE busy');
    }
  });
});

describe('the secret', () => {
  test.each([
    ['RDS’s own JSON', () => parts()],
    [
      'JSON with a url',
      () => ({
        url: `postgresql://app:pass%3Aw%40rd@${database.host}:${database.port}/postgres?schema=public&sslmode=require`,
      }),
    ],
    ['the URL itself', () => `postgres://app:pass%3Aw%40rd@${database.host}:${database.port}/postgres`],
  ])('may be %s', async (_, value) => {
    secret(value());
    expect(await ask({ want: 'history' })).toMatchObject({ reachable: true });
  });

  test('that has no host says what is missing', () => {
    expect(() => targetOf('{"username":"a","password":"b"}')).toThrow('host');
    expect(() => targetOf('what?')).toThrow('neither a url nor');
  });

  test('never leaves: not in answers, not in logs', async () => {
    secret({ ...parts(), password: 'wr0ng-pass' });
    const answer = await ask({ want: 'history' });
    expect(answer).toMatchObject({
      reachable: false,
      reason: expect.stringContaining('password authentication failed'),
    });
    expect(JSON.stringify([answer, written])).not.toContain('wr0ng-pass');
  });
});

test('what cannot be reached is an answer with its reason', async () => {
  secret({ ...parts(), port: 1 });
  expect(await ask({ want: 'history' })).toMatchObject({
    reachable: false,
    reason: expect.stringContaining('ECONNREFUSED'),
  });
  aws.answer({
    'SecretsManager GetSecretValue': awsError(
      'AccessDeniedException',
      'is not authorized to perform: secretsmanager:GetSecretValue',
    ),
  });
  expect(await ask({ want: 'history' })).toMatchObject({
    reachable: false,
    reason: expect.stringContaining('secretsmanager:GetSecretValue'),
  });
});

test.each([
  ['Key (email)=(ada@example.com) already exists.', 'Key (email)=(…) already exists.'],
  ['Key (lower(email))=((ada)) is duplicated.', 'Key (lower(email))=(…) is duplicated.'],
  ['Failing row contains (1, ada, null).', 'Failing row contains (…).'],
  ['invalid input syntax for type integer: "ada"', 'invalid input syntax for type integer: "…"'],
])('a row that PostgreSQL quotes is left out: %s', (log, told) => {
  expect(withoutValues(log)).toBe(told);
});
