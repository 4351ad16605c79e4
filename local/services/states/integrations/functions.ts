/** Lambda functions, by ARN and by `lambda:invoke`. */
import { randomUUID } from 'node:crypto';
import { AwsError, type Principal, unsupported, type World } from '../../../service.ts';
import { isObject, type JsonObject } from '../../../states/json.ts';
import { readFunctionAnswer } from '../../../states/lambda.ts';
import type { TaskAnswer, TaskCall } from '../../../states/tasks.ts';

const INVOKE_FIELDS = ['FunctionName', 'Payload', 'InvocationType', 'Qualifier'];

export async function callFunction(world: World, call: TaskCall, principal: Principal): Promise<TaskAnswer> {
  const byArn = call.resource.kind === 'function';
  const parameters = isObject(call.arguments) ? call.arguments : {};
  const arn = call.resource.kind === 'function' ? call.resource.arn : functionArn(world, parameters);
  world.ports.iam.authorize(principal, [{ action: 'lambda:InvokeFunction', resource: arn }]);
  const payload = byArn ? call.arguments : (parameters['Payload'] ?? {});
  const answer = await world.ports.lambda.invoke(arn, payload, call.signal);
  return readFunctionAnswer(call.resource, {
    payload: JSON.stringify(answer.payload ?? null),
    failed: answer.functionError !== undefined,
    executedVersion: answer.executedVersion,
    requestId: randomUUID(),
    at: world.clock.now(),
  });
}

/** A name, `NAME:QUALIFIER`, a partial ARN or an ARN. */
function functionArn(world: World, parameters: JsonObject): string {
  for (const field of Object.keys(parameters)) {
    if (!INVOKE_FIELDS.includes(field)) throw unsupported('lambda:invoke', field);
  }
  const { FunctionName, InvocationType, Qualifier } = parameters;
  if (InvocationType !== undefined && InvocationType !== 'RequestResponse') {
    throw unsupported('lambda:invoke', `InvocationType ${InvocationType}`);
  }
  if (typeof FunctionName !== 'string') {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null`,
    );
  }
  const [, name = FunctionName] =
    /^(?:arn:[^:]+:lambda:[^:]*:|\d{12}:)?(?:\d{12}:)?(?:function:)?(.+)$/.exec(FunctionName) ?? [];
  const qualifier = typeof Qualifier === 'string' ? `:${Qualifier}` : '';
  return `arn:aws:lambda:${world.region}:${world.account}:function:${name}${qualifier}`;
}
