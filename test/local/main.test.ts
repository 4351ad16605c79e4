import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const root = join(import.meta.dirname, '../..');
const children = new Set<ChildProcess>();
let folder: string;
let assembly: string;

beforeAll(() => {
  assembly = mkdtempSync(join(tmpdir(), 'lockstep-assembly-'));
  const table = {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      TableName: 'journal',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    },
  };
  const artifacts: Record<string, unknown> = {};
  for (const [name, Resources] of Object.entries({ 'backend-test': {}, 'lockstep-test': { Table: table } })) {
    writeFileSync(join(assembly, `${name}.json`), JSON.stringify({ Resources }));
    artifacts[name] = { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.json` } };
  }
  writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ artifacts }));
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-main-'));
});
afterEach(async () => {
  await Promise.all([...children].map((child) => end(child, 'SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => rmSync(assembly, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  readonly ready: { endpoint: string; region: string; pid: number };
}

/** Resolves with the ready line, or rejects with the line that says why not. */
function start(...more: string[]): Promise<Started> {
  const options = ['--folder', folder, '--cloud-assembly', assembly, '--environments', 'test'];
  const child = spawn(process.execPath, ['local/main.ts', ...options, '--runtime', 'simulated', ...more], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', AWS_PROFILE: 'somebody', AWS_ACCESS_KEY_ID: 'real' },
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{"ready":true')) resolve({ child, ready: JSON.parse(line) as Started['ready'] });
    });
    child.once('close', () => {
      const said = errors.findLast((line) => line.startsWith('{"error":'));
      reject(said ? JSON.parse(said) : new Error(errors.join('\n')));
    });
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });
}

const settings = ({ ready }: Started) => ({
  endpoint: ready.endpoint,
  region: ready.region,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

test('it says that it is ready, answers, and ends cleanly on SIGTERM', async () => {
  const started = await start();
  expect(JSON.parse(readFileSync(join(folder, 'running.json'), 'utf8'))).toEqual(started.ready);
  const { Account } = await new STSClient(settings(started)).send(new GetCallerIdentityCommand({}));
  expect(Account).toBe('000000000000');
  expect(await end(started.child, 'SIGTERM')).toBe(0);
  expect(existsSync(join(folder, 'running.json'))).toBe(false);
  expect(existsSync(join(folder, 'lock'))).toBe(false);
});

test('state and port survive kill -9, and the lock that it leaves is taken over', async () => {
  const first = await start();
  const item = { id: { S: 'kept' } };
  await new DynamoDBClient(settings(first)).send(new PutItemCommand({ TableName: 'journal', Item: item }));
  await end(first.child, 'SIGKILL');
  expect(existsSync(join(folder, 'lock'))).toBe(true);
  const second = await start();
  expect(second.ready.endpoint).toBe(first.ready.endpoint);
  const read = new GetItemCommand({ TableName: 'journal', Key: item });
  expect((await new DynamoDBClient(settings(second)).send(read)).Item).toEqual(item);
  await end(second.child, 'SIGTERM');
});

test('a second one on the same folder is refused, and the first goes on', async () => {
  const first = await start();
  await expect(start()).rejects.toEqual({
    error: 'LocalStateLocked',
    data: { pid: String(first.child.pid), path: folder, port: new URL(first.ready.endpoint).port },
  });
  await new STSClient(settings(first)).send(new GetCallerIdentityCommand({}));
  await end(first.child, 'SIGTERM');
});

test('a port in use is named', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const port = String((other.address() as { port: number }).port);
  await expect(start('--port', port)).rejects.toEqual({
    error: 'LocalPortInUse',
    data: { port, owner: '' },
  });
  await new Promise((resolve) => other.close(resolve));
});

test('state that cannot be read is named, and the folder is given back', async () => {
  const started = await start();
  await end(started.child, 'SIGTERM');
  const file = join(folder, 'state/iam/roles.json');
  writeFileSync(file, '{"half":');
  await expect(start()).rejects.toEqual({
    error: 'LocalStateBroken',
    data: { path: file, detail: expect.stringContaining('not JSON') },
  });
  expect(existsSync(join(folder, 'lock'))).toBe(false);
});

test('a cloud assembly that is not there is named', async () => {
  rmSync(join(folder, 'x'), { force: true });
  await expect(start('--cloud-assembly', join(folder, 'x'))).rejects.toMatchObject({
    error: 'Internal',
    data: { detail: expect.stringContaining('`npm run synth` makes it') },
  });
});
