/** Rules and targets as they are stored, and their names. */
import type { Target } from '@aws-sdk/client-eventbridge';
import { AwsError, unsupported, type World } from '../../service.ts';
import { parsePath } from './input.ts';

export interface StoredTarget {
  readonly id: string;
  readonly arn: string;
  readonly roleArn?: string;
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: {
    readonly paths: Readonly<Record<string, string>>;
    readonly template: string;
  };
  readonly retries: number;
  /** Seconds. */
  readonly maxAge: number;
  readonly deadLetterArn?: string;
}

export interface StoredRule {
  readonly name: string;
  readonly description?: string;
  readonly eventPattern?: string;
  readonly scheduleExpression?: string;
  readonly state: 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
  readonly roleArn?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch: from when a rate counts. */
  readonly scheduledFrom: number;
  readonly targets: readonly StoredTarget[];
}

const MOST_RETRIES = 185;
const LONGEST_AGE_S = 86_400;

export function ruleArn(world: World, name: string): string {
  return `arn:aws:events:${world.region}:${world.account}:rule/${name}`;
}

export function busArn(world: World): string {
  return `arn:aws:events:${world.region}:${world.account}:event-bus/default`;
}

/** There is one bus, by its name or its ARN. */
export function checkBus(world: World, bus: string | undefined): void {
  if (bus !== undefined && bus !== 'default' && bus !== busArn(world)) {
    throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
  }
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** Throws for what a target wants and the embedded AWS cannot give. */
export function storedTarget(operation: string, target: Target): StoredTarget {
  const { Id: id = '', Arn: arn = '' } = target;
  for (const [field, value] of Object.entries(target)) {
    if (value !== undefined && field.endsWith('Parameters')) throw unsupported(operation, `Targets.${field}`);
  }
  const kind = kindOfTarget(arn);
  if (!kind) {
    throw unsupported(
      operation,
      `the target ${arn}`,
      'Functions, state machines, topics and log groups can be targets.',
    );
  }
  if (kind === 'states' && target.RoleArn === undefined) {
    throw validation(`RoleArn is required for target ${arn}.`);
  }
  const inputs = [target.Input, target.InputPath, target.InputTransformer].filter(
    (each) => each !== undefined,
  );
  if (inputs.length > 1) {
    throw validation(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  }
  const paths = target.InputTransformer?.InputPathsMap ?? {};
  for (const path of [target.InputPath, ...Object.values(paths)]) if (path !== undefined) parsePath(path);
  if (target.Input !== undefined && !isJson(target.Input)) {
    throw validation(`Invalid Input for target ${id}: it is not valid JSON.`);
  }
  const retries = target.RetryPolicy?.MaximumRetryAttempts ?? MOST_RETRIES;
  const maxAge = target.RetryPolicy?.MaximumEventAgeInSeconds ?? LONGEST_AGE_S;
  if (retries < 0 || retries > MOST_RETRIES)
    throw validation('MaximumRetryAttempts must be between 0 and 185.');
  if (maxAge < 60 || maxAge > LONGEST_AGE_S)
    throw validation('MaximumEventAgeInSeconds must be between 60 and 86400.');
  return {
    id,
    arn,
    ...(target.RoleArn === undefined ? {} : { roleArn: target.RoleArn }),
    ...(target.Input === undefined ? {} : { input: target.Input }),
    ...(target.InputPath === undefined ? {} : { inputPath: target.InputPath }),
    ...(target.InputTransformer
      ? { inputTransformer: { paths, template: target.InputTransformer.InputTemplate ?? '' } }
      : {}),
    retries,
    maxAge,
    ...(target.DeadLetterConfig?.Arn === undefined ? {} : { deadLetterArn: target.DeadLetterConfig.Arn }),
  };
}

export function sdkTarget(target: StoredTarget): Target {
  return {
    Id: target.id,
    Arn: target.arn,
    RoleArn: target.roleArn,
    Input: target.input,
    InputPath: target.inputPath,
    InputTransformer: target.inputTransformer && {
      InputPathsMap: { ...target.inputTransformer.paths },
      InputTemplate: target.inputTransformer.template,
    },
    RetryPolicy: { MaximumRetryAttempts: target.retries, MaximumEventAgeInSeconds: target.maxAge },
    DeadLetterConfig: target.deadLetterArn === undefined ? undefined : { Arn: target.deadLetterArn },
  };
}

export type TargetKind = 'lambda' | 'states' | 'sns' | 'logs';

export function kindOfTarget(arn: string): TargetKind | undefined {
  return /^arn:aws:(lambda|states|sns|logs):/.exec(arn)?.[1] as TargetKind | undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
