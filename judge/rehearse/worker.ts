// The rehearsal's thread: it can be ended from outside whatever the SQL does.
import { setFlagsFromString } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import { RehearsalDatabase } from './database.ts';
import type { Order } from './protocol.ts';

// V8 13 frees the machine code of WebAssembly while it replaces its wrappers and then now and then finds its own books wrong
// ("Check failed: jit_page_->allocations_.erase(addr) == 1", nodejs/node#64500), which ends the whole process and not this
// thread alone. Code that is kept costs a few megabytes of a process that lives for minutes.
setFlagsFromString('--no-wasm-code-gc');
// Most of PostgreSQL runs once here. To compile it a second time, optimised, takes half of the processor time of a rehearsal and
// 400 MiB for a while, and makes even a history of a thousand files no quicker.
setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');

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
    port.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
