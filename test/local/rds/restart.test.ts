import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateDBSnapshotCommand, DescribeDBSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds';
import pg from 'pg';
import { VirtualClock } from '../../../local/clock.ts';
import { freePort } from '../../../local/services/rds/ports.ts';
import { initialise, startServer } from '../../../local/services/rds/server.ts';
import { simulateDatabases } from '../../../local/services/rds/service.ts';
import type { OpenWorld } from '../../../local/world.ts';
import { openTestWorld } from '../../setup/world.ts';

const SERVICES = ['iam', 'events', 'rds', 'secretsmanager', 'monitoring', 'logs'];
const folder = mkdtempSync(join(tmpdir(), 'lockstep-rds-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const properties = (password: string) => ({
  DBInstanceIdentifier: 'kept',
  Engine: 'postgres',
  DBName: 'kept',
  MasterUsername: 'owner',
  MasterUserPassword: password,
});

async function open(password: string) {
  const world = await openTestWorld({ folder, services: SERVICES });
  const made = await world.services
    .get('rds')
    ?.provisioners?.['AWS::RDS::DBInstance']?.provision(properties(password), {
      stack: 's',
      logicalId: 'Db',
    });
  await world.start();
  return { world, port: Number(made?.attributes?.['Endpoint.Port']) };
}

async function query(port: number, password: string, text: string) {
  const place = { host: '127.0.0.1', port, user: 'owner', password, database: 'kept' };
  const client = new pg.Client({ ...place, ssl: { rejectUnauthorized: false } });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Process ids of servers whose data folder is below ours. A server's children bear its name until they give themselves one. */
function servers(): number[] {
  const found = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('/postgres') && line.includes(folder))
    .map((line) => line.trim().split(/\s+/).map(Number));
  const all = new Set(found.map(([pid]) => pid));
  return found.flatMap(([pid = 0, parent]) => (all.has(parent) ? [] : [pid]));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('rows, port and password outlive the embedded AWS; nothing runs between', async () => {
  const first = await open('one');
  await query(first.port, 'one', 'CREATE TABLE t AS SELECT 42 AS answer');
  await first.world.close();
  expect(servers()).toEqual([]);

  const second = await open('two');
  expect(second.port).toBe(first.port);
  // The template's password has changed meanwhile.
  expect(await query(second.port, 'two', 'SELECT answer FROM t')).toEqual([{ answer: 42 }]);

  // A server that dies is started again, as RDS does, and its rows are there.
  const [pid] = servers();
  process.kill(pid as number, 'SIGKILL');
  await until(() => second.world.said.some((line) => line.includes('has died')));
  await until(() => servers().length === 1 && servers()[0] !== pid);
  await expect(
    (async () => {
      for (;;) {
        try {
          return await query(second.port, 'two', 'SELECT answer FROM t');
        } catch (error) {
          const { code } = error as { code?: string };
          if (code !== 'ECONNREFUSED' && code !== '57P03') throw error;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    })(),
  ).resolves.toEqual([{ answer: 42 }]);
  await second.world.close();
  expect(servers()).toEqual([]);
});

test('a server that was left behind by a killed process is ended by the next start', async () => {
  const place = { folder: join(folder, 'left'), port: await freePort(), settings: {}, onLine: () => {} };
  await initialise(place.folder, 'rdsadmin', 'secret');
  const left = await startServer(place);
  const next = await startServer(place);
  await left.ended;
  expect(servers()).toEqual([next.pid]);
  await next.stop();
  expect(servers()).toEqual([]);
});

test('a port that another program has taken is told with the name of the database', async () => {
  const { world, port } = await open('two');
  await world.close();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  await expect(open('two')).rejects.toThrow(
    `Port ${port} of the database kept is in use by another program.`,
  );
  await new Promise((resolve) => other.close(resolve));
});

test('a managed password lies in a secret of the name that RDS gives it', async () => {
  const world = await openTestWorld({ services: SERVICES });
  const made = await world.services.get('rds')?.provisioners?.['AWS::RDS::DBInstance']?.provision(
    {
      DBInstanceIdentifier: 'managed',
      Engine: 'postgres',
      MasterUsername: 'owner',
      ManageMasterUserPassword: true,
    },
    { stack: 's', logicalId: 'Db' },
  );
  const arn = String(made?.attributes?.['MasterUserSecret.SecretArn']);
  expect(arn).toMatch(/:secret:rds!db-[0-9a-f-]{36}/);
  expect(JSON.parse(world.ports.secrets.value(arn) ?? '')).toMatchObject({
    username: 'owner',
    password: expect.any(String),
  });
  await world.close();
});

test('a version that the machine does not have is refused by name', async () => {
  const world: OpenWorld = await openTestWorld({ services: SERVICES });
  await expect(
    world.services
      .get('rds')
      ?.provisioners?.['AWS::RDS::DBInstance']?.provision(
        { Engine: 'postgres', EngineVersion: '15.4', MasterUserPassword: 'x' },
        { stack: 's', logicalId: 'Db' },
      ),
  ).rejects.toThrow(/EngineVersion 15.4 is not supported here. The server from npm is PostgreSQL 18/);
  await world.close();
});

test('in a simulated world a snapshot takes its time in no time, and no server is started', async () => {
  const clock = new VirtualClock();
  simulateDatabases(clock);
  const world = await openTestWorld({ services: SERVICES, clock, volatile: true });
  await world.services
    .get('rds')
    ?.provisioners?.['AWS::RDS::DBInstance']?.provision(
      { DBInstanceIdentifier: 'quick', Engine: 'postgres', MasterUserPassword: 'x' },
      { stack: 's', logicalId: 'Db' },
    );
  const rds = new RDSClient(world.client);
  const before = clock.now();
  await rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'quick', DBSnapshotIdentifier: 's' }));
  await clock.sleep(120_000);
  const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 's' }));
  expect(DBSnapshots?.[0]?.Status).toBe('available');
  expect(clock.now() - before).toBeGreaterThanOrEqual(120_000);
  await world.close();
});
