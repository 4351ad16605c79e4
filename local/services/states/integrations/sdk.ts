/**
 * The AWS SDK integrations: their names for services, and their spelling. Step Functions spells every member with a
 * capital, whatever the service does; the SDK's own schemas say what the service's spelling is.
 */
import { NormalizedSchema } from '@smithy/core/schema';
import type { $SchemaRef } from '@smithy/types';
import { isObject, type Json } from '../../../states/json.ts';

export interface SdkService {
  /** What the embedded AWS knows it by. */
  readonly signingName: string;
  /** The prefix of its errors: `DynamoDb.ConditionalCheckFailedException`. */
  readonly prefix: string;
  /** What its causes call it. */
  readonly title: string;
  load(): Promise<Sdk>;
}

export type Sdk = Readonly<Record<string, unknown>>;

function service(signingName: string, prefix: string, load: () => Promise<Sdk>, title = prefix): SdkService {
  return { signingName, prefix, title, load };
}

/** By the name after `aws-sdk:`, which is that of the Java SDK. */
const SERVICES: Readonly<Record<string, SdkService>> = {
  applicationautoscaling: service(
    'application-autoscaling',
    'ApplicationAutoScaling',
    () => import('@aws-sdk/client-application-auto-scaling'),
  ),
  cloudwatch: service('monitoring', 'CloudWatch', () => import('@aws-sdk/client-cloudwatch')),
  cloudwatchlogs: service('logs', 'CloudWatchLogs', () => import('@aws-sdk/client-cloudwatch-logs')),
  codebuild: service('codebuild', 'CodeBuild', () => import('@aws-sdk/client-codebuild')),
  dynamodb: service('dynamodb', 'DynamoDb', () => import('@aws-sdk/client-dynamodb')),
  ecr: service('ecr', 'Ecr', () => import('@aws-sdk/client-ecr')),
  ecs: service('ecs', 'Ecs', () => import('@aws-sdk/client-ecs')),
  elasticloadbalancingv2: service(
    'elasticloadbalancing',
    'ElasticLoadBalancingV2',
    () => import('@aws-sdk/client-elastic-load-balancing-v2'),
  ),
  eventbridge: service('events', 'EventBridge', () => import('@aws-sdk/client-eventbridge')),
  lambda: service('lambda', 'Lambda', () => import('@aws-sdk/client-lambda')),
  rds: service('rds', 'Rds', () => import('@aws-sdk/client-rds')),
  s3: service('s3', 'S3', () => import('@aws-sdk/client-s3')),
  scheduler: service('scheduler', 'Scheduler', () => import('@aws-sdk/client-scheduler')),
  secretsmanager: service(
    'secretsmanager',
    'SecretsManager',
    () => import('@aws-sdk/client-secrets-manager'),
  ),
  sfn: service('states', 'Sfn', () => import('@aws-sdk/client-sfn')),
  sns: service('sns', 'Sns', () => import('@aws-sdk/client-sns')),
  sts: service('sts', 'Sts', () => import('@aws-sdk/client-sts')),
};

export const sdkService = (name: string): SdkService | undefined => SERVICES[name];

export const loadSdk = (of: SdkService): Promise<Sdk> => of.load();

interface OperationSchema {
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

/** Operations are `[9, namespace, name, traits, input, output]` in the SDK's schemas. */
export function operationSchema(sdk: Sdk, operation: string): OperationSchema | undefined {
  const tuple = sdk[`${operation}$`];
  if (!Array.isArray(tuple)) return undefined;
  const schema = (at: number) => {
    const reference = tuple[at] as $SchemaRef | (() => $SchemaRef);
    return NormalizedSchema.of(reference as $SchemaRef);
  };
  return { input: schema(4), output: schema(5) };
}

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** A task's arguments in the spelling of the SDK. Members that the operation does not have are given back by name. */
export function toService(schema: NormalizedSchema, value: Json, unknown: string[], at = ''): unknown {
  if (value === null) return undefined;
  if (schema.isListSchema() && Array.isArray(value)) {
    return value.map((item, index) => toService(schema.getValueSchema(), item, unknown, `${at}[${index}]`));
  }
  if (schema.isMapSchema() && isObject(value)) {
    return mapValues(value, (member, key) =>
      toService(schema.getValueSchema(), member, unknown, `${at}.${key}`),
    );
  }
  if (schema.isStructSchema() && isObject(value)) {
    const spelled: Record<string, unknown> = {};
    const names = new Map(
      [...schema.structIterator()].map(([name, member]) => [capital(name), [name, member] as const]),
    );
    for (const [key, member] of Object.entries(value)) {
      const found = names.get(key);
      if (found) spelled[found[0]] = toService(found[1], member, unknown, `${at}.${key}`);
      else unknown.push(`${at}.${key}`.slice(1));
    }
    return spelled;
  }
  if (schema.isTimestampSchema() && (typeof value === 'string' || typeof value === 'number'))
    return new Date(value);
  if (schema.isBlobSchema() && typeof value === 'string') return Buffer.from(value);
  return value;
}

/** An operation's output as a task's result: capitals, times as ISO text, bodies as text. */
export function fromService(schema: NormalizedSchema | undefined, value: unknown): Json {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map((item) => fromService(inner(schema, 'list'), item));
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json;
  if (schema?.isStructSchema()) {
    const members = new Map(schema.structIterator());
    const spelled: Record<string, Json> = {};
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined && name !== '$metadata')
        spelled[capital(name)] = fromService(members.get(name), member);
    }
    return spelled;
  }
  const defined = Object.entries(value).filter(([, member]) => member !== undefined);
  return mapValues(Object.fromEntries(defined), (member) => fromService(inner(schema, 'map'), member));
}

function inner(schema: NormalizedSchema | undefined, kind: 'list' | 'map'): NormalizedSchema | undefined {
  const fits = kind === 'list' ? schema?.isListSchema() : schema?.isMapSchema();
  return fits ? schema?.getValueSchema() : undefined;
}

function mapValues<T, U>(
  value: Readonly<Record<string, T>>,
  turn: (member: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, turn(member, key)]));
}
