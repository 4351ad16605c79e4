/** `states:startExecution`: started and left alone, or (`.sync:2`) waited for. */
import { createHash, randomUUID } from 'node:crypto';
import type { Principal, World } from '../../../service.ts';
import { isObject, type Json } from '../../../states/json.ts';
import type { IntegrationResource } from '../../../states/resource.ts';
import type { TaskAnswer, TaskCall } from '../../../states/tasks.ts';
import { callService, withMetadata } from './optimized.ts';
import { fromService, loadSdk, operationSchema, type SdkService } from './sdk.ts';

/** What the integration needs of the service that it is part of. */
export interface Children {
  /** Resolves when the execution has ended, at once where it has. */
  ended(executionArn: string): Promise<void>;
}

export async function startExecution(
  world: World,
  service: SdkService,
  call: TaskCall,
  principal: Principal,
  children: Children,
): Promise<TaskAnswer> {
  const resource = call.resource as IntegrationResource;
  const given = isObject(call.arguments) ? call.arguments : {};
  const input = given['Input'];
  const parameters = {
    ...given,
    ...(input === undefined || typeof input === 'string' ? {} : { Input: JSON.stringify(input) }),
    // The name follows from the attempt, so that a call that is made again after a restart finds the same execution.
    ...(given['Name'] === undefined ? { Name: nameOf(call) } : {}),
  };
  const started = await callService(world, service, resource, parameters, principal);
  const output = withMetadata(started, randomUUID(), world.clock.now());
  if (resource.pattern !== 'sync' || !isObject(started)) return { output };
  call.submitted(output);
  const arn = String(started['ExecutionArn']);
  const describe = () =>
    world.ports.dispatch.call('states', 'DescribeExecution', { executionArn: arn }, principal);
  // A run that ends takes with it the executions that it waits for.
  const stop = () =>
    void world.ports.dispatch
      .call('states', 'StopExecution', { executionArn: arn }, principal)
      .catch(() => {});
  call.signal.addEventListener('abort', stop, { once: true });
  try {
    await children.ended(arn);
  } finally {
    call.signal.removeEventListener('abort', stop);
  }
  const sdk = await loadSdk(service);
  const described = fromService(operationSchema(sdk, 'DescribeExecution')?.output, await describe());
  if (isObject(described) && described['Status'] === 'SUCCEEDED') return { output: opened(described) };
  return { error: 'States.TaskFailed', cause: JSON.stringify(described) };
}

/** `.sync:2` gives input and output as JSON, `.sync` gave them as text. */
function opened(described: { readonly [member: string]: Json }): Json {
  const open = (member: string) => {
    const text = described[member];
    return typeof text === 'string' ? { [member]: JSON.parse(text) as Json } : {};
  };
  return { ...described, ...open('Input'), ...open('Output') };
}

function nameOf(call: TaskCall): string {
  const hash = createHash('sha256').update(`${call.executionArn} ${call.attemptId}`).digest('hex');
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
