/**
 * The one place that makes SDK clients. They take region, credentials and endpoint from the SDK's own configuration
 * (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL …) and nothing else, so that whatever works for the `aws` command works
 * here, and no code of ours knows which AWS it talks to.
 */
import type { Client } from '@smithy/core/client';
import { currentDeadline } from './deadline.ts';
import { named } from './errors.ts';

// A client's generics are its service's inputs and outputs; what is set here is the same for all of them.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyClient = Client<any, any, any, any>;

interface Configuration {
  readonly retryMode: string;
  readonly maxAttempts: number;
  readonly requestHandler: Record<string, unknown>;
  readonly customUserAgent: [string, string][];
}

const CONFIGURATION: Configuration = {
  // Adaptive: after a throttled answer the client slows itself down instead of knocking on.
  retryMode: 'adaptive',
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000 },
  customUserAgent: [['lockstep', process.env['LOCKSTEP_VERSION'] ?? 'development']],
};

/** For a call that waits for somebody else's work: the answer of another function takes as long as that function. */
export const PATIENT = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 65_000 },
} as const;

/** `overrides` are the client's own options, for example the region that an environment file names. */
export function connect<C extends AnyClient, Options extends object>(
  Service: new (configuration: Options) => C,
  overrides?: Partial<Options>,
): C {
  return guarded(new Service({ ...CONFIGURATION, ...overrides } as unknown as Options));
}

/**
 * Gives a client our two habits: its errors come out under the names of the error table, and its calls end with the
 * work that they belong to.
 */
export function guarded<C extends AnyClient>(client: C): C {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw named(error, service(context.clientName), context.commandName?.replace(/Command$/, ''));
      }
    },
    { step: 'initialize', priority: 'high', name: 'lockstepErrors', override: true },
  );
  const send = client.send.bind(client) as (command: unknown, options: object) => unknown;
  client.send = ((command: unknown, options?: object) =>
    send(command, { abortSignal: currentDeadline(), ...options })) as C['send'];
  return client;
}

/** `ECSClient` → `ECS`: as people call the service. */
function service(clientName: string | undefined): string {
  return clientName?.replace(/Client$/, '') ?? 'AWS';
}
