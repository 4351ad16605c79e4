/** Lambda: the synthesized bundles, each in worker threads of its own, with nothing but its own environment. */
import * as sdk from '@aws-sdk/client-lambda';
import type { LambdaPort, Ports } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import { Asynchronous } from './asynchronous.ts';
import { Functions } from './model.ts';
import { operations } from './operations.ts';
import { Pool } from './pool.ts';
import { provisioners } from './provision.ts';

export function create(world: World): { service: Service; ports: Partial<Ports> } {
  const functions = new Functions(world);
  const pool = new Pool(world);
  const asynchronous = new Asynchronous(functions, pool);
  const port: LambdaPort = {
    async invoke(functionArn, payload, signal) {
      const work = pool.invoke(functions.get(functionArn), JSON.stringify(payload ?? null));
      if (!signal) return work;
      // The caller stops waiting; the function goes on, as in AWS.
      work.catch(() => {});
      return Promise.race([work, aborted(signal)]);
    },
  };
  return {
    service: {
      signingName: 'lambda',
      sdk,
      operations: operations(functions, pool, asynchronous),
      provisioners: provisioners(functions, pool),
      routes: [
        {
          prefix: '/_lockstep/lambda',
          handle(_request, response) {
            response.setHeader('content-type', 'application/json');
            response.end(JSON.stringify(Object.fromEntries(pool.counts)));
          },
        },
      ],
      async stop() {
        asynchronous.close();
        await pool.close();
      },
      differences: [
        'A function runs in a worker thread: its memory limit is that of its JavaScript heap, and its code is not kept from the file system of the machine.',
        'Only Node.js functions with code of the cloud assembly or inline; no versions, aliases, layers, images, function URLs or event source mappings.',
        'Where the clock is virtual, Date stands still inside a function; its time-out is real time.',
      ],
    },
    ports: { lambda: port },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
