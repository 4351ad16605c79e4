import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type {
  FilterLogEventsCommandOutput,
  GetLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { VirtualClock } from '../../../local/clock.ts';
import type { Operation, Service } from '../../../local/service.ts';
import { create } from '../../../local/services/logs/service.ts';
import { type BareWorld, bareWorld } from '../events/bare-world.ts';

const START = Date.UTC(2026, 10, 24, 9, 0, 0);
const DAY = 86_400_000;
const call = { principal: { arn: 'arn:aws:iam::000000000000:root' }, requestId: 'r' };

/** Calls an operation as the endpoint would after it has checked permissions. */
async function run<Output>(service: Service, name: string, input: object): Promise<Output> {
  const operation = service.operations[name] as unknown as Operation<object, Output>;
  return operation.run(input, call);
}

function open(clock = new VirtualClock(START)) {
  const world = bareWorld({}, clock);
  return { world, clock, ...create(world) };
}

function restarted(world: BareWorld) {
  return create(world.again(world.ports, world.clock));
}

async function messages(service: Service, input: object = {}): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  let nextToken: string | undefined;
  do {
    const page = await run<FilterLogEventsCommandOutput>(service, 'FilterLogEvents', {
      logGroupName: '/g',
      ...input,
      nextToken,
    });
    found.push(...(page.events ?? []).map((event) => event.message));
    nextToken = page.nextToken;
  } while (nextToken);
  return found;
}

/** The files of the only stream. */
function files(world: BareWorld): { folder: string; names: string[] } {
  const root = join(world.folder, 'logs');
  const folder = readdirSync(root, { recursive: true, withFileTypes: true }).find((entry) => entry.isFile());
  return { folder: folder?.parentPath ?? root, names: folder ? readdirSync(folder.parentPath).sort() : [] };
}

test('events survive a restart, and tokens of before it go on where they were', async () => {
  const { world, ports, service } = open();
  ports.logs.append('/g', 's', [
    { timestamp: START, message: 'one' },
    { timestamp: START + 1, message: 'two\nlines "quoted"' },
  ]);
  const stream = { logGroupName: '/g', logStreamName: 's' };
  const first = await run<GetLogEventsCommandOutput>(service, 'GetLogEvents', {
    ...stream,
    limit: 1,
    startFromHead: true,
  });
  const next = restarted(world);
  next.ports.logs.append('/g', 's', [{ timestamp: START + 2, message: 'three' }]);
  const second = await run<GetLogEventsCommandOutput>(next.service, 'GetLogEvents', {
    ...stream,
    nextToken: first.nextForwardToken,
  });
  expect(second.events?.map((event) => event.message)).toEqual(['two\nlines "quoted"', 'three']);
});

test('a line that a kill cut off is cut away, and nothing after it is lost', async () => {
  const { world, ports } = open();
  ports.logs.append('/g', 's', [{ timestamp: START, message: 'whole' }]);
  const { folder, names } = files(world);
  appendFileSync(join(folder, names[0] ?? ''), '[1795510800001,17955108');
  const next = restarted(world);
  next.ports.logs.append('/g', 's', [{ timestamp: START + 2, message: 'after' }]);
  expect(await messages(next.service)).toEqual(['whole', 'after']);
  expect(await messages(restarted(world).service)).toEqual(['whole', 'after']);
});

test('a stream of many megabytes lies in many files, is read in order, and pages without loss', async () => {
  const { world, ports, service } = open();
  const text = 'x'.repeat(1000);
  const count = 4000;
  // Written out of order, a second forward and a second back, as two writers of one stream would.
  for (let at = 0; at < count; at += 2) {
    ports.logs.append('/g', 's', [{ timestamp: START + at + 1, message: `${at + 1} ${text}` }]);
    ports.logs.append('/g', 's', [{ timestamp: START + at, message: `${at} ${text}` }]);
  }
  expect(files(world).names.length).toBeGreaterThan(3);
  const expected = Array.from({ length: count }, (_, index) => String(index));
  const numbers = async (of: Service, input: object = {}) =>
    (await messages(of, input)).map((message) => message?.split(' ')[0]);
  expect(await numbers(service, { limit: 333 })).toEqual(expected);
  expect(await numbers(service, { startFromHead: false })).toEqual([...expected].reverse());
  expect(await numbers(restarted(world).service, { startTime: START + 1990, endTime: START + 2010 })).toEqual(
    expected.slice(1990, 2011),
  );
});

test('what is older than the retention is neither shown nor kept', async () => {
  const { world, clock, ports, service } = open();
  ports.logs.append('/g', 's', [{ timestamp: clock.now(), message: 'x'.repeat(200_000) }]);
  for (let day = 0; day < 10; day++) {
    await clock.sleep(DAY);
    for (let part = 0; part < 6; part++) {
      ports.logs.append('/g', 's', [{ timestamp: clock.now(), message: `${day} ${'x'.repeat(200_000)}` }]);
    }
  }
  expect(files(world).names.length).toBeGreaterThan(11);
  await run(service, 'PutRetentionPolicy', { logGroupName: '/g', retentionInDays: 3 });
  const days = new Set((await messages(service)).map((message) => message?.split(' ')[0]));
  expect([...days]).toEqual(['6', '7', '8', '9']);
  expect(files(world).names.length).toBeLessThan(7);
});

test('a writer of this machine makes group and stream, and its longest lines are cut between characters', async () => {
  const { ports, service } = open();
  expect(ports.logs.hasGroup('/g')).toBe(false);
  ports.logs.append('/g', 'task/1', [{ timestamp: START, message: 'ä'.repeat(200_000) }]);
  expect(ports.logs.hasGroup('/g')).toBe(true);
  const parts = await messages(service);
  expect(parts).toHaveLength(2);
  expect(parts.join('')).toBe('ä'.repeat(200_000));
});

test('a group that was deleted and made again is empty', async () => {
  const { world, ports, service } = open();
  ports.logs.append('/g', 's', [{ timestamp: START, message: 'old' }]);
  await run(service, 'DeleteLogGroup', { logGroupName: '/g' });
  ports.logs.append('/g', 's', [{ timestamp: START, message: 'new' }]);
  expect(await messages(service)).toEqual(['new']);
  expect(await messages(restarted(world).service)).toEqual(['new']);
});

test('a world that is thrown away keeps its events in memory', async () => {
  const { world } = open();
  const { service, ports } = create({ ...world, volatile: true });
  for (let at = 0; at < 30; at++) {
    ports.logs.append('/g', 's', [{ timestamp: START + at, message: `${at} ${'x'.repeat(100_000)}` }]);
  }
  expect((await messages(service)).map((message) => message?.split(' ')[0])).toEqual(
    Array.from({ length: 30 }, (_, index) => String(index)),
  );
  await run(service, 'DeleteLogStream', { logGroupName: '/g', logStreamName: 's' });
  expect(await messages(service)).toEqual([]);
  expect(readdirSync(world.folder)).toEqual([]);
});
