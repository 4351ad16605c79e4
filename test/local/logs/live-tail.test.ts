import type { StartLiveTailResponseStream } from '@aws-sdk/client-cloudwatch-logs';
import { VirtualClock } from '../../../local/clock.ts';
import type { Operation } from '../../../local/service.ts';
import { create } from '../../../local/services/logs/service.ts';
import { bareWorld } from '../events/bare-world.ts';

const START = Date.UTC(2026, 10, 24, 9, 0, 0);

interface Output {
  readonly responseStream: AsyncIterable<StartLiveTailResponseStream>;
}

async function open(input: object = {}) {
  const clock = new VirtualClock(START);
  const { service, ports } = create(bareWorld({}, clock));
  ports.logs.append('/g', 'a', [{ timestamp: START, message: 'before' }]);
  const operation = service.operations['StartLiveTail'] as unknown as Operation<object, Output>;
  const call = { principal: { arn: 'arn:aws:iam::000000000000:root' }, requestId: 'r' };
  const output = await operation.run({ logGroupIdentifiers: ['/g'], ...input }, call);
  const stream = output.responseStream[Symbol.asyncIterator]();
  const next = async () => (await stream.next()).value as StartLiveTailResponseStream;
  const write = (name: string, ...messages: string[]) =>
    ports.logs.append(
      '/g',
      name,
      messages.map((message) => ({ timestamp: clock.now(), message })),
    );
  return { clock, service, operation, output, stream, next, write };
}

test('a session sends what was written since the call, once a second, and an empty update where nothing was', async () => {
  const { next, write, stream, clock } = await open();
  write('a', 'one');
  expect((await next()).sessionStart).toMatchObject({
    requestId: 'r',
    logGroupIdentifiers: ['000000000000:/g'],
  });
  expect((await next()).sessionUpdate?.sessionResults).toMatchObject([
    { message: 'one', logStreamName: 'a', timestamp: START },
  ]);
  expect(clock.now()).toBe(START + 1000);
  expect((await next()).sessionUpdate?.sessionResults).toEqual([]);
  await stream.return?.();
});

test('only the wanted streams are followed', async () => {
  const { next, write, stream } = await open({ logStreamNamePrefixes: ['task/'] });
  write('a', 'no');
  write('task/1', 'yes');
  await next();
  expect((await next()).sessionUpdate?.sessionResults?.map(({ message }) => message)).toEqual(['yes']);
  await stream.return?.();
});

test('more than 500 events a second are sampled, and the update says so', async () => {
  const { next, write, stream } = await open();
  write('a', ...Array.from({ length: 700 }, (_, index) => `line ${index}`));
  await next();
  const { sessionUpdate } = await next();
  expect(sessionUpdate?.sessionMetadata).toEqual({ sampled: true });
  expect(sessionUpdate?.sessionResults).toHaveLength(500);
  expect((await next()).sessionUpdate?.sessionMetadata).toEqual({ sampled: false });
  await stream.return?.();
});

test('a session ends after three hours with the exception of the service', async () => {
  const { output, operation, clock } = await open();
  let frames = 0;
  let last: Uint8Array | undefined;
  for await (const frame of operation.frames?.(output) ?? []) {
    frames++;
    last = frame;
  }
  expect(clock.now()).toBe(START + 3 * 3_600_000);
  expect(frames).toBe(2 + 3 * 3600 + 1);
  expect(Buffer.from(last ?? []).toString()).toContain('SessionTimeoutException');
});

test('the end of the service ends every session', async () => {
  const { service, next, stream } = await open();
  await next();
  await service.stop?.();
  expect(await stream.next()).toMatchObject({ done: true });
});
