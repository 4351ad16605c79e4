// The rehearsal's thread: it can be ended from outside whatever the SQL does.
import { parentPort } from 'node:worker_threads';
import { compileOnce } from '../wasm.ts';
import { RehearsalDatabase, ServerBroken } from './database.ts';
import type { Order } from './protocol.ts';

compileOnce();

if (!parentPort) throw new Error('The rehearsal runs in a worker thread.');
const port = parentPort;
let database: RehearsalDatabase | undefined;

async function carryOut(order: Order): Promise<unknown> {
  if (order.do === 'open') {
    const started = performance.now();
    database = await RehearsalDatabase.open(order.snapshot, order.extensions);
    return { milliseconds: performance.now() - started };
  }
  if (!database) throw new Error('The rehearsal is not open.');
  switch (order.do) {
    case 'reset':
      return database.reset();
    case 'replay':
      return database.replay(order.files);
    case 'snapshot':
      return { bytes: await database.snapshot() };
    case 'seed':
      return database.seed();
    case 'inspect':
      return database.inspect();
    case 'objects':
      return database.objects();
    case 'rehearse':
      return database.rehearse(order.statement);
    case 'prepare':
      return database.prepare(order.statements);
  }
}

port.on('message', async ({ id, order }: { id: number; order: Order }) => {
  try {
    port.postMessage({ id, answer: await carryOut(order) });
  } catch (error) {
    const broken = error instanceof ServerBroken;
    port.postMessage({ id, broken, error: error instanceof Error ? error.message : String(error) });
  }
});
