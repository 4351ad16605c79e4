/** A world of one service whose neighbours only take note: for what happens over days, and for targets that fail. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { type Clock, VirtualClock } from '../../../local/clock.ts';
import type { Ports } from '../../../local/ports.ts';
import type { World } from '../../../local/service.ts';
import { memoryStore, type Store } from '../../../local/store.ts';

export interface BareWorld extends World {
  readonly said: string[];
  /** The same account with other neighbours and another clock: what a restart finds. */
  again(ports: Partial<Ports>, clock: Clock): BareWorld;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function bareWorld(ports: Partial<Ports>, clock: Clock = new VirtualClock()): BareWorld {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bare-'));
  folders.push(folder);
  const stores = new Map<string, Store>();
  const open = (own: Partial<Ports>, ownClock: Clock): BareWorld => {
    const said: string[] = [];
    return {
      account: '000000000000',
      region: 'us-east-1',
      clock: ownClock,
      folder,
      endpoint: 'http://127.0.0.1:1',
      store(service) {
        const store = stores.get(service) ?? memoryStore();
        stores.set(service, store);
        return store;
      },
      ports: own as Ports,
      say: (line) => void said.push(line),
      said,
      again: open,
    };
  };
  return open(ports, clock);
}

export interface Called {
  readonly at: number;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly principal: string;
}

/** A dispatch port that writes down what it is asked, and an IAM in which roles trust those who are named. */
export function recordingPorts(now: () => number, trusted: Readonly<Record<string, readonly string[]>> = {}) {
  const calls: Called[] = [];
  /** Thrown by the next calls, one each. */
  const failures: Error[] = [];
  const ports: Pick<Ports, 'dispatch' | 'iam'> = {
    dispatch: {
      async call(service, operation, input, principal) {
        const failure = failures.shift();
        if (failure) throw failure;
        calls.push({ at: now(), service, operation, input, principal: principal.arn });
        return {};
      },
    },
    iam: {
      assume: (roleArn) => ({ accessKeyId: roleArn, secretAccessKey: '', sessionToken: '', expiration: 0 }),
      principalOf: (key) => ({ arn: `session of ${key}`, roleArn: key }),
      hasExpired: () => false,
      authorize: () => {},
      trusts: (roleArn, by) => typeof by === 'string' && (trusted[roleArn]?.includes(by) ?? false),
      longestSession: () => 3600,
    },
  };
  return { ports, calls, failures };
}
