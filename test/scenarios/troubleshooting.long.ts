/**
 * The guide's troubleshooting cases that need a service which runs: high memory, slow responses, an exhausted pool and a way
 * to the database that is closed. Each one is made to happen for real on the embedded AWS, and has to be named.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ECSClient, ListTasksCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { TROUBLE } from '../../core/troubleshooting.ts';
import { lockstep, PROJECT, type Ran, verdictOf } from '../setup/command.ts';
import { copyBackend, startLocal, stopLocal, variablesOf } from '../setup/local.ts';

const MINUTES = 60_000;
const ROWS = 3_000_000;
const PART = 100_000;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-trouble-'));
const world = join(folder, 'world');
const repository = join(folder, 'repository');
const backend = join(repository, 'examples/backend');
const SECRET = 'backend-dev/database';
const variables: NodeJS.ProcessEnv = {};
let door = '';
let memory = 0;

/** What the service is given to get into trouble with: no framework of ours, four routes of its own. */
const ROUTES = `
  const held: Buffer[] = [];
  app.post('/api/trouble/hold/:mib', (context) => {
    held.push(Buffer.alloc(Number(context.req.param('mib')) * 1024 * 1024, 1));
    return context.json({ held: held.length });
  });
  app.get('/api/trouble/archive/:code', async (context) =>
    context.json(
      await database.$queryRaw\`SELECT id FROM archive WHERE lower(code) = lower(\${context.req.param('code')})\`,
    ),
  );
  app.get('/api/trouble/sleep', async (context) => {
    await database.$executeRaw\`SELECT pg_sleep(3)\`;
    return context.json({});
  });
`;
const MIGRATION = 'CREATE TABLE "archive" ("id" BIGINT PRIMARY KEY, "code" TEXT NOT NULL);\n';

const at = () => ({
  endpoint: variables['AWS_ENDPOINT_URL'] ?? '',
  region: variables['AWS_REGION'] ?? '',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const ecs = () => new ECSClient(at());
const secrets = () => new SecretsManagerClient(at());

function run(...words: string[]): Promise<Ran> {
  return lockstep(words, { directory: repository, variables });
}

/** Text as a person reads it, with its line breaks taken out. */
async function check(): Promise<{ code: number | null; text: string }> {
  const ran = await run('check', '--environment', 'dev');
  return { code: ran.code, text: `${ran.stdout}${ran.stderr}`.replace(/\s+/g, ' ') };
}

async function until(what: string, holds: () => Promise<boolean>, most = 2 * MINUTES): Promise<void> {
  const end = Date.now() + most;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(1000);
  }
}

function commit(message: string): void {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  const git = (...words: string[]) =>
    execFileSync('git', [...who, ...words], { cwd: repository, stdio: 'pipe' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
}

function replace(file: string, before: string, after: string): void {
  const path = join(backend, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(before);
  writeFileSync(path, text.replace(before, after));
}

async function connected(): Promise<{ client: pg.Client; secret: Record<string, unknown> }> {
  const found = await secrets().send(new GetSecretValueCommand({ SecretId: SECRET }));
  const secret = JSON.parse(found.SecretString ?? '{}') as Record<string, unknown>;
  const { host, port, username, password, dbname } = secret as Record<string, string>;
  const place = { host, port: Number(port), user: username, password, database: dbname };
  const client = new pg.Client({ ...place, ssl: { rejectUnauthorized: false } });
  await client.connect();
  return { client, secret };
}

beforeAll(async () => {
  mkdirSync(join(repository, 'environments'), { recursive: true });
  copyBackend(repository);
  const json = JSON.parse(readFileSync(join(PROJECT, 'environments/dev.json'), 'utf8'));
  memory = json.resources.memory;
  json.services.backend.health.bakeSeconds = 5;
  writeFileSync(join(repository, 'environments/dev.json'), JSON.stringify(json));
  replace('src/app.ts', '\n  app.notFound(', `${ROUTES}\n  app.notFound(`);
  replace(
    'src/database.ts',
    'max: 10, connectionTimeoutMillis: 5000',
    'max: 2, connectionTimeoutMillis: 1000',
  );
  mkdirSync(join(backend, 'prisma/migrations/20261020080000_archive'));
  writeFileSync(join(backend, 'prisma/migrations/20261020080000_archive/migration.sql'), MIGRATION);
  const schema = join(backend, 'prisma/schema.prisma');
  const model = 'model Archive {\n  id   BigInt @id\n  code String\n\n  @@map("archive")\n}\n';
  writeFileSync(schema, `${readFileSync(schema, 'utf8')}\n${model}`);
  commit('An archive, and ways into trouble');
  const running = await startLocal(world, 'dev');
  Object.assign(variables, variablesOf(running));
  door = running.frontDoors['backend-dev'] ?? '';
  const ran = await run('deploy', '--environment', 'dev');
  if (ran.code !== 0) throw new Error(`${ran.stdout}\n${ran.stderr}`);
}, 6 * MINUTES);

afterAll(async () => {
  await stopLocal(world);
  rmSync(folder, { recursive: true, force: true });
}, MINUTES);

const remedyOf = (title: string): string => TROUBLE.find((one) => one.title === title)?.besides ?? '';

test(
  'conflicting migrations: a file that was changed after it was applied is refused, with the commands',
  async () => {
    const file = 'prisma/migrations/20261020080000_archive/migration.sql';
    writeFileSync(join(backend, file), `${MIGRATION}CREATE INDEX ON "archive" ("code");\n`);
    commit('An index, in the wrong place');
    const ran = await run('plan', '--environment', 'dev', '--json');
    expect(ran.code).toBe(10);
    const { refusals } = JSON.parse(ran.stdout);
    expect(refusals).toEqual([
      expect.objectContaining({
        error: 'MigrationHistoryBroken',
        sentence: expect.stringContaining('20261020080000_archive'),
      }),
    ]);
    expect(refusals[0].remedy).not.toBe('');
    writeFileSync(join(backend, file), MIGRATION);
    commit('As it was applied');
    expect((await run('plan', '--environment', 'dev')).code).toBe(0);
  },
  2 * MINUTES,
);

test(
  'Prisma generation: a schema that it cannot read ends the build, with the line',
  async () => {
    const file = 'prisma/schema.prisma';
    const schema = readFileSync(join(backend, file), 'utf8');
    writeFileSync(join(backend, file), schema.replace('code String', 'code Strin'));
    commit('A type that is none');
    const ran = await run('deploy', '--environment', 'dev', '--json');
    const verdict = verdictOf(ran);
    expect({ verdict: verdict.verdict, code: ran.code }).toEqual({ verdict: 'build-failed', code: 11 });
    expect(verdict.failure).toMatchObject({
      error: 'PrismaGenerateFailed',
      remedy: 'Mend schema.prisma; `npx prisma validate` shows it on your machine.',
    });
    expect(`${verdict.failure?.sentence} ${verdict.failure?.evidence.join(' ')}`).toContain('Strin');
    writeFileSync(join(backend, file), schema);
    commit('A type that is one');
  },
  3 * MINUTES,
);

test(
  'slow responses: the slow statement of the database’s log and the table without an index are named',
  async () => {
    const { client } = await connected();
    // In parts, none of which takes as long as the statement that is to be found.
    for (let from = 1; from <= ROWS; from += PART) {
      await client.query(
        `INSERT INTO archive SELECT n, 'Box-' || n || '-' || md5(n::text) FROM generate_series(${from}, ${from + PART - 1}) n`,
      );
    }
    await client.query('ANALYZE archive');
    await client.end();
    const ask = () => fetch(`${door}/api/trouble/archive/none`).then((answer) => answer.text());
    let seen = await check();
    expect(seen.code).toBe(0);
    await until('slow answers', async () => {
      await Promise.all([ask(), ask(), ask(), ask()]);
      seen = await check();
      return seen.text.includes('end to end');
    });
    expect(seen.code).toBe(20);
    expect(seen.text).toMatch(/Answers are slow: p95 is \d{4,} ms\./);
    expect(seen.text).toMatch(/took [\d,]+ ms: SELECT id FROM archive WHERE lower\(code\) = lower\(\$1\)/);
    expect(seen.text).toMatch(/archive \([\d,]+ rows\) has been read from end to end \d+ times: a Seq Scan/);
    expect(seen.text).toContain('CREATE INDEX CONCURRENTLY');
    expect(remedyOf('Slow responses')).toContain('CREATE INDEX CONCURRENTLY');
  },
  4 * MINUTES,
);

test(
  'the connection pool is exhausted: told from what the service says while it answers 503',
  async () => {
    let over = false;
    const hold = async () => {
      while (!over) await fetch(`${door}/api/trouble/sleep`).catch(() => undefined);
    };
    const holders = Array.from({ length: 6 }, hold);
    let seen = { code: null as number | null, text: '' };
    try {
      await until('a pool that is exhausted', async () => {
        seen = await check();
        return seen.text.includes('has run out of database connections');
      });
    } finally {
      over = true;
      await Promise.all(holders);
    }
    expect(seen.code).toBe(20);
    expect(seen.text).toContain('GET /api/status → 503');
    expect(seen.text).toContain(
      'lower the limit, put a pooler before the database, or use a larger instance',
    );
  },
  3 * MINUTES,
);

test(
  'high memory: what is used, its limit, and the line to change',
  async () => {
    const held = await fetch(`${door}/api/trouble/hold/${Math.round(memory * 0.68)}`, { method: 'POST' });
    expect(held.status).toBe(200);
    let seen = await check();
    await until('the metric of a whole minute', async () => {
      seen = await check();
      return seen.text.includes('Memory is at');
    });
    expect(seen.code).toBe(20);
    expect(seen.text).toMatch(
      new RegExp(`Memory is at (8|9)\\d % of ${memory} MiB; at 100 % the task is killed`),
    );
    expect(seen.text).toContain(
      `Set "resources": {"cpu": 256, "memory": ${memory * 2}} in environments/dev.json`,
    );
  },
  4 * MINUTES,
);

test(
  'memory beyond its limit: the release goes back, and the verdict says what to raise',
  async () => {
    replace(
      'src/main.ts',
      'void administrator();',
      'void administrator();\nconst all: Buffer[] = [];\nsetInterval(() => all.push(Buffer.alloc(64 * 1024 * 1024, 1)), 100);',
    );
    commit('Keeps everything');
    const ran = await run('deploy', '--environment', 'dev', '--json');
    const verdict = verdictOf(ran);
    expect({ verdict: verdict.verdict, code: ran.code }).toEqual({ verdict: 'rolled-back', code: 13 });
    expect(verdict.failure).toMatchObject({
      error: 'OutOfMemory',
      sentence: `The new task was killed because it used more than its memory (${memory} MiB).`,
      remedy: 'Raise "resources": {"memory": …} in environments/dev.json.',
    });
  },
  4 * MINUTES,
);

/** What a closed security group leaves of a database: nobody who answers. */
async function blackHole(): Promise<{ server: Server; port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  return { server, port, close };
}

test(
  'a security group lets nothing in: verify names the way and the rule, check what the service says of it',
  async () => {
    const { client, secret } = await connected();
    await client.end();
    const put = (value: object) =>
      secrets().send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: JSON.stringify(value) }));
    const hole = await blackHole();
    try {
      await put({ ...secret, host: '127.0.0.1', port: hole.port });
      const verified = await run('verify', '--environment', 'dev');
      expect(verified.code).not.toBe(0);
      const text = verified.stdout.replace(/\s+/g, ' ');
      expect(text).toMatch(/database NG the way from sg-\S+ to sg-\S+ port \d+ is closed: timeout expired/);
      expect(text).toMatch(
        /`aws ec2 authorize-security-group-ingress --group-id sg-\S+ --protocol tcp --port \d+ --source-group sg-\S+`/,
      );
      // A task reads its secret when it starts.
      const [task] = (await ecs().send(new ListTasksCommand({ cluster: 'backend-dev' }))).taskArns ?? [];
      await ecs().send(
        new StopTaskCommand({ cluster: 'backend-dev', task, reason: 'to read its secret anew' }),
      );
      let seen = await check();
      await until('a task that says so', async () => {
        seen = await check();
        return seen.text.includes('cannot reach its database');
      });
      expect(seen.code).not.toBe(0);
      expect(seen.text).toContain('Check the security group path from the service to the database');
      expect(seen.text).toContain('The database could not be looked into: timeout expired');
      expect(seen.text).toContain(
        '`lockstep verify --environment dev` finds which part of the way is closed',
      );
    } finally {
      await put(secret);
      await hole.close();
    }
  },
  4 * MINUTES,
);
