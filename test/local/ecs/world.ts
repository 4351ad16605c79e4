/** A world for the tests of ECS and the load balancer: the other services are small fakes that remember. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, RealClock } from '../../../local/clock.ts';
import type { Datum, ImagesPort, LogLine, Ports, UnpackedImage } from '../../../local/ports.ts';
import type { Runtime } from '../../../local/runtimes/runtime.ts';
import {
  AwsError,
  type Permission,
  type Place,
  type Principal,
  type Service,
  type World,
} from '../../../local/service.ts';
import { memoryStore, type Store } from '../../../local/store.ts';

export interface FakeWorld extends World {
  readonly ports: Ports;
  readonly logLines: { group: string; stream: string; line: LogLine }[];
  readonly data: Datum[];
  readonly emitted: { detailType: string; resources: readonly string[]; detail: Record<string, unknown> }[];
  readonly secrets: Map<string, string>;
  readonly images: Map<string, UnpackedImage>;
  readonly said: string[];
  readonly logGroups: Set<string>;
  readonly alarms: Set<string>;
  /** What a role may not do: `ROLE ARN` → actions. */
  readonly denied: Map<string, Set<string>>;
  dispose(): void;
}

export interface WorldOptions {
  readonly clock?: Clock;
  readonly runtime?: (world: World) => Runtime;
  /** Keeps the state of an earlier world: a restart. */
  readonly stores?: Map<string, Store>;
  readonly endpoint?: string;
}

export const ADMIN: Principal = { arn: 'arn:aws:iam::000000000000:root' };
export const CALL = { principal: ADMIN, requestId: 'test' };

export function fakeWorld(options: WorldOptions = {}): FakeWorld {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep ecs '));
  const stores = options.stores ?? new Map<string, Store>();
  const images = new Map<string, UnpackedImage>();
  const denied = new Map<string, Set<string>>();
  const sessions = new Map<string, Principal>();
  const world: Omit<FakeWorld, 'ports'> & { ports: Partial<Ports> } = {
    account: '000000000000',
    region: 'eu-central-1',
    clock: options.clock ?? new RealClock(),
    folder,
    endpoint: options.endpoint ?? 'http://127.0.0.1:1',
    runtime: options.runtime,
    store(name) {
      const found = stores.get(name) ?? memoryStore();
      stores.set(name, found);
      return found;
    },
    logLines: [],
    data: [],
    emitted: [],
    secrets: new Map(),
    images,
    said: [],
    logGroups: new Set(['/ecs/backend']),
    alarms: new Set(),
    denied,
    say(line) {
      world.said.push(line);
    },
    dispose() {
      rmSync(folder, { recursive: true, force: true });
    },
    ports: {
      iam: {
        assume(roleArn, session) {
          const accessKeyId = `ASIA${sessions.size}`;
          const name = roleArn.split('/').at(-1);
          sessions.set(accessKeyId, {
            arn: `arn:aws:sts::000000000000:assumed-role/${name}/${session}`,
            roleArn,
          });
          return {
            accessKeyId,
            secretAccessKey: 'secret',
            sessionToken: 'token',
            expiration: world.clock.now() + 3_600_000,
          };
        },
        principalOf: (accessKeyId) => sessions.get(accessKeyId),
        hasExpired: () => false,
        authorize(principal: Principal, permissions: readonly Permission[]) {
          for (const { action, resource } of permissions) {
            if (!principal.roleArn || !denied.get(principal.roleArn)?.has(action)) continue;
            throw new AwsError(
              'AccessDeniedException',
              `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
            );
          }
        },
        trusts: (roleArn) => !roleArn.includes('untrusting'),
        longestSession: () => 3600,
      },
      logs: {
        append(group, stream, lines) {
          for (const line of lines) world.logLines.push({ group, stream, line });
        },
        hasGroup: (group) => world.logGroups.has(group),
      },
      metrics: {
        put: (data) => void world.data.push(...data),
        statistics: () => undefined,
        inAlarm: (names) => names.filter((name) => world.alarms.has(name)),
      },
      events: {
        emit: ({ detailType, resources, detail }) =>
          void world.emitted.push({ detailType, resources, detail }),
      },
      secrets: {
        value: (reference: string) => world.secrets.get(reference),
        put: (name: string) => name,
      },
      images: { pull: async (reference) => pulled(images, reference) } satisfies ImagesPort,
      scaling: { bounds: () => undefined },
    } as Partial<Ports>,
  };
  return world as FakeWorld;
}

function pulled(images: Map<string, UnpackedImage>, reference: string): UnpackedImage {
  const found = images.get(reference);
  if (found) return found;
  throw new AwsError(
    'CannotPullContainerError',
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reference}: not found`,
  );
}

/** Runs an operation as the endpoint would, permissions of the caller left out. */
export async function call<T = Record<string, never>>(
  service: Service,
  operation: string,
  input: unknown,
): Promise<T> {
  const found = service.operations[operation];
  if (!found) throw new Error(`no operation ${operation}`);
  found.permissions(input as never);
  return (await found.run(input as never, CALL)) as T;
}

/** Provisions as the stack reader does: unknown properties are an error. */
export async function provision(
  service: Service,
  type: string,
  logicalId: string,
  properties: Record<string, unknown>,
  previous?: Place['previous'],
) {
  const provisioner = service.provisioners?.[type];
  if (!provisioner) throw new Error(`no provisioner for ${type}`);
  for (const name of Object.keys(properties)) {
    if (!provisioner.honours.includes(name) && !provisioner.ignores?.[name])
      throw new Error(`${type}: ${name}`);
  }
  return provisioner.provision(properties, {
    stack: 'Backend',
    logicalId,
    ...(previous ? { previous } : {}),
  });
}

/** Resolves as soon as the condition holds; looks again whenever the event loop has come round. */
export async function until(
  condition: () => unknown,
  what = 'the condition',
  withinMs = 15_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what} did not come true within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
