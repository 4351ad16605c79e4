/** Runs an operation for somebody: permissions first, then the operation, whatever road the call came by. */
import { randomUUID } from 'node:crypto';
import type { DispatchPort, IamPort } from '../ports.ts';
import { AwsError, type Call, type Operation, type Principal, type Service, type World } from '../service.ts';

type AnyOperation = Operation<Readonly<Record<string, unknown>>, Record<string, unknown> | undefined>;

export async function perform(
  service: Service,
  name: string,
  input: Readonly<Record<string, unknown>>,
  call: Call,
  iam: IamPort,
): Promise<Record<string, unknown>> {
  const operation = service.operations[name] as unknown as AnyOperation | undefined;
  if (!operation) throw notEmulated(service.signingName, name);
  iam.authorize(call.principal, operation.permissions(input));
  return (await operation.run(input, call)) ?? {};
}

export function notEmulated(service: string, operation: string): AwsError {
  return new AwsError(
    'LockstepLocalUnsupported',
    `The embedded AWS does not support ${service}:${operation}. local/README.md lists what it does.`,
    {},
    501,
  );
}

export function dispatchPort(world: World, services: ReadonlyMap<string, Service>): DispatchPort {
  return {
    async call(service: string, operation: string, input, principal: Principal) {
      const found = services.get(service);
      if (!found) throw notEmulated(service, operation);
      const call = { principal, requestId: randomUUID() };
      return world.clock.during(perform(found, operation, input, call, world.ports.iam));
    },
  };
}
