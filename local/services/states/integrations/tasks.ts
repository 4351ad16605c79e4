/** Runs the tasks of executions: each call as the machine's role, each error in the name that AWS gives it. */
import { randomUUID } from 'node:crypto';
import { AwsError, type World } from '../../../service.ts';
import type { Resource } from '../../../states/resource.ts';
import type { TaskAnswer, TaskCall, Tasks } from '../../../states/tasks.ts';
import { OPTIMIZED, optimizedFailure, sdkFailure } from './errors.ts';
import { callFunction } from './functions.ts';
import { callOptimized, callService, UnknownMembers } from './optimized.ts';
import { rolePrincipals } from './roles.ts';
import { loadSdk, type SdkService, sdkService } from './sdk.ts';
import { type Children, startExecution } from './start-execution.ts';

/** The SDK's names of the services that have optimized integrations. */
const SDK_NAMES: Readonly<Record<string, string>> = {
  lambda: 'lambda',
  dynamodb: 'dynamodb',
  sns: 'sns',
  states: 'sfn',
  events: 'eventbridge',
};

export function taskRunner(world: World, children: Children): Tasks {
  const principalOf = rolePrincipals(world);
  return {
    async call(call): Promise<TaskAnswer> {
      const service = serviceOf(call.resource);
      try {
        return await run(world, service, call, principalOf, children);
      } catch (error) {
        if (error instanceof UnknownMembers) return { error: 'States.Runtime', cause: error.message };
        if (error instanceof AwsError) return failure(service, call.resource, error);
        throw error;
      }
    },
  };
}

function serviceOf(resource: Resource): SdkService {
  const name =
    resource.kind === 'function' ? 'lambda' : resource.sdk ? resource.service : SDK_NAMES[resource.service];
  const service = sdkService(name ?? '');
  if (!service)
    throw new Error(`No service for ${JSON.stringify(resource)}; definitions are checked for that.`);
  return service;
}

async function run(
  world: World,
  service: SdkService,
  call: TaskCall,
  principalOf: ReturnType<typeof rolePrincipals>,
  children: Children,
): Promise<TaskAnswer> {
  const { resource } = call;
  const principal = principalOf(call.roleArn);
  if (resource.kind === 'function' || (resource.service === 'lambda' && !resource.sdk)) {
    return callFunction(world, call, principal);
  }
  if (resource.sdk) return { output: await callService(world, service, resource, call.arguments, principal) };
  if (resource.service === 'states') return startExecution(world, service, call, principal, children);
  return callOptimized(world, service, call, principal);
}

async function failure(service: SdkService, resource: Resource, error: AwsError): Promise<TaskAnswer> {
  const sdk = await loadSdk(service);
  if (resource.kind === 'integration' && resource.sdk) return sdkFailure(service, sdk, error, randomUUID());
  const optimized = OPTIMIZED[resource.kind === 'function' ? 'lambda' : resource.service];
  if (!optimized) throw error;
  return optimizedFailure(optimized, sdk, error, randomUUID());
}
