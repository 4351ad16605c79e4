/** DynamoDB, SNS and EventBridge as Step Functions' own integrations call them. */
import { randomUUID } from 'node:crypto';
import { AwsError, type Principal, type World } from '../../../service.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../../states/json.ts';
import { httpMetadata } from '../../../states/lambda.ts';
import type { IntegrationResource } from '../../../states/resource.ts';
import type { TaskAnswer, TaskCall } from '../../../states/tasks.ts';
import { fromService, loadSdk, operationSchema, type SdkService, toService } from './sdk.ts';

/** What the optimized integrations add to every answer of a service. */
export function withMetadata(output: Json, requestId: string, now: number): Json {
  const text = JSON.stringify(output);
  const headers = {
    Connection: 'keep-alive',
    'Content-Length': String(Buffer.byteLength(text)),
    'Content-Type': 'application/x-amz-json-1.0',
    Date: new Date(now).toUTCString(),
    'x-amzn-RequestId': requestId,
  };
  return {
    ...(isObject(output) ? output : {}),
    SdkHttpMetadata: httpMetadata(headers),
    SdkResponseMetadata: { RequestId: requestId },
  };
}

/** Calls an operation with a task's arguments and returns its answer in a task's spelling. */
export async function callService(
  world: World,
  service: SdkService,
  resource: IntegrationResource,
  parameters: Json,
  principal: Principal,
): Promise<Json> {
  const operation = resource.action.charAt(0).toUpperCase() + resource.action.slice(1);
  const schema = operationSchema(await loadSdk(service), operation);
  if (!schema)
    throw new AwsError(
      'LockstepLocalUnsupported',
      `There is no operation ${operation} of ${service.prefix}.`,
    );
  const unknown: string[] = [];
  const input = toService(schema.input, isObject(parameters) ? parameters : {}, unknown);
  if (unknown.length > 0) throw new UnknownMembers(unknown);
  const answer = await world.ports.dispatch.call(
    service.signingName,
    operation,
    input as Record<string, unknown>,
    principal,
  );
  return fromService(schema.output, answer);
}

/** Arguments that the operation does not take; AWS then fails the run itself, not the task. */
export class UnknownMembers extends Error {
  constructor(names: readonly string[]) {
    super(`The field '${names[0]}' is not supported by Step Functions`);
    this.name = 'UnknownMembers';
  }
}

export async function callOptimized(
  world: World,
  service: SdkService,
  call: TaskCall,
  principal: Principal,
): Promise<TaskAnswer> {
  const resource = call.resource as IntegrationResource;
  const parameters = asText(resource, call.arguments);
  const output = await callService(world, service, resource, parameters, principal);
  if (resource.service === 'events' && isObject(output) && Number(output['FailedEntryCount'] ?? 0) > 0) {
    return { error: 'EventBridge.FailedEntry', cause: JSON.stringify(output) };
  }
  return { output: withMetadata(output, randomUUID(), world.clock.now()) };
}

/** Members that the services take as text may be given as JSON: an SNS message, the detail of an event. */
function asText(resource: IntegrationResource, parameters: Json): Json {
  if (!isObject(parameters)) return parameters;
  if (resource.service === 'sns') return textMember(parameters, 'Message');
  if (resource.service !== 'events') return parameters;
  const entries = parameters['Entries'];
  if (!isArray(entries)) return parameters;
  return {
    ...parameters,
    Entries: entries.map((entry) => (isObject(entry) ? textMember(entry, 'Detail') : entry)),
  };
}

function textMember(value: JsonObject, member: string): JsonObject {
  const given = value[member];
  return given === undefined || typeof given === 'string'
    ? value
    : { ...value, [member]: JSON.stringify(given) };
}
