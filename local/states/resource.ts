/** What the `Resource` of a Task names. */

export interface FunctionResource {
  readonly kind: 'function';
  readonly arn: string;
}

export interface IntegrationResource {
  readonly kind: 'integration';
  /** `lambda`, `dynamodb`; for the SDK integrations the service's name there, for example `sfn`. */
  readonly service: string;
  /** In lower camel case: `putItem`. */
  readonly action: string;
  /** `aws-sdk` integrations take and give exactly what the service does; the optimized ones wrap it. */
  readonly sdk: boolean;
  readonly pattern: 'request' | 'sync' | 'token';
  /** As in the events: `invoke.waitForTaskToken`. */
  readonly resource: string;
  /** As in the events: `lambda`, `aws-sdk:dynamodb`. */
  readonly resourceType: string;
}

export type Resource = FunctionResource | IntegrationResource;

const FUNCTION = /^arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+(:[^:]+)?$/;
const INTEGRATION =
  /^arn:[^:]+:states:[^:]*:[^:]*:(aws-sdk:)?([a-z0-9]+):([A-Za-z0-9]+)(\.sync|\.sync:2|\.waitForTaskToken)?$/;

export function parseResource(arn: string): Resource | undefined {
  if (FUNCTION.test(arn)) return { kind: 'function', arn };
  const match = INTEGRATION.exec(arn);
  if (!match) return undefined;
  const [, sdk, service = '', action = '', suffix = ''] = match;
  return {
    kind: 'integration',
    service,
    action,
    sdk: sdk !== undefined,
    pattern: suffix === '' ? 'request' : suffix === '.waitForTaskToken' ? 'token' : 'sync',
    resource: action + suffix,
    resourceType: (sdk ?? '') + service,
  };
}

/** The optimized integrations of this interpreter; any `aws-sdk` one is left to whoever runs the tasks. */
const OPTIMIZED = new Set([
  'lambda:invoke',
  'lambda:invoke.waitForTaskToken',
  'dynamodb:getItem',
  'dynamodb:putItem',
  'dynamodb:updateItem',
  'dynamodb:deleteItem',
  'sns:publish',
  'sns:publish.waitForTaskToken',
  'states:startExecution',
  'states:startExecution.sync:2',
  'states:startExecution.waitForTaskToken',
  'events:putEvents',
  'events:putEvents.waitForTaskToken',
]);

/** Why the resource cannot be used here; undefined where it can. */
export function refusal(resource: Resource): string | undefined {
  if (resource.kind === 'function') return undefined;
  if (resource.sdk) {
    return resource.pattern === 'sync' ? `'.sync' is not supported by AWS SDK integrations` : undefined;
  }
  const name = `${resource.service}:${resource.resource}`;
  return OPTIMIZED.has(name) ? undefined : `the integration '${name}' is not supported here`;
}
