/** Every operation that the embedded AWS has is called in a contract test, through the real SDK client. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTestWorld } from '../setup/world.ts';

test('every emulated operation has a contract test', async () => {
  const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n');
  const called = new Set(tests.match(/\b[A-Z]\w+(?=Command\b)/g));
  const world = await openTestWorld({ volatile: true, runtime: 'simulated' });
  const missing = [...world.services.values()].flatMap(({ signingName, operations }) =>
    Object.keys(operations)
      .filter((name) => !called.has(name))
      .map((name) => `${signingName}:${name}`),
  );
  await world.close();
  expect(missing).toEqual([]);
});
