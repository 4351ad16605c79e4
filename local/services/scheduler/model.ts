/** Schedules and groups as they are stored, and what makes a schedule valid. */
import type { FlexibleTimeWindow, Target } from '@aws-sdk/client-scheduler';
import { parseExpression } from '../../../core/schedule/expression.ts';
import { isTimeZone } from '../../../core/schedule/zone.ts';
import { AwsError, unsupported, type World } from '../../service.ts';
import { loadSdk, operationSchema, sdkService } from '../states/integrations/sdk.ts';

export interface StoredTarget {
  readonly arn: string;
  readonly roleArn: string;
  readonly input?: string;
  readonly eventBridge?: { readonly detailType: string; readonly source: string };
  readonly retries: number;
  /** Seconds. */
  readonly maxAge: number;
  readonly deadLetterArn?: string;
}

/** What CreateSchedule and UpdateSchedule say. Times are milliseconds since the epoch, here and below. */
export interface Settings {
  readonly name: string;
  readonly group: string;
  readonly expression: string;
  readonly timeZone: string;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly description?: string;
  readonly startDate?: number;
  readonly endDate?: number;
  readonly afterCompletion: 'NONE' | 'DELETE';
  readonly target: StoredTarget;
}

export interface Schedule extends Settings {
  readonly created: number;
  readonly modified: number;
  readonly clientToken?: string;
  /** The latest time that has been fired for; written before the target is called, so that no restart fires again. */
  readonly fired?: number;
}

export interface Group {
  readonly name: string;
  readonly created: number;
  readonly modified: number;
  readonly tags: Readonly<Record<string, string>>;
}

const MOST_RETRIES = 185;
const LONGEST_AGE_S = 86_400;

/** The fields that the two operations and the template share. */
export interface GivenSchedule {
  readonly Name?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
  readonly ScheduleExpressionTimezone?: string | undefined;
  readonly State?: string | undefined;
  readonly Description?: string | undefined;
  readonly StartDate?: Date | undefined;
  readonly EndDate?: Date | undefined;
  readonly ActionAfterCompletion?: string | undefined;
  readonly FlexibleTimeWindow?: FlexibleTimeWindow | undefined;
  readonly Target?: Target | undefined;
}

export function scheduleArn(world: World, group: string, name: string): string {
  return `arn:aws:scheduler:${world.region}:${world.account}:schedule/${group}/${name}`;
}

export function groupArn(world: World, name: string): string {
  return `arn:aws:scheduler:${world.region}:${world.account}:schedule-group/${name}`;
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** Checks a schedule as Scheduler does when it is made, and fills in what it leaves open. */
export async function settingsOf(world: World, operation: string, given: GivenSchedule): Promise<Settings> {
  const name = given.Name ?? '';
  if (!/^[0-9a-zA-Z._-]{1,64}$/.test(name)) {
    throw validation(
      `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+`,
    );
  }
  const expression = given.ScheduleExpression ?? '';
  if (!parseExpression(expression, 'any')) throw validation(`Invalid Schedule Expression ${expression}.`);
  const timeZone = given.ScheduleExpressionTimezone ?? 'UTC';
  if (!isTimeZone(timeZone)) throw validation(`Invalid Schedule Expression Timezone ${timeZone}.`);
  if (given.FlexibleTimeWindow?.Mode !== 'OFF') {
    throw unsupported(
      operation,
      `FlexibleTimeWindow ${given.FlexibleTimeWindow?.Mode}`,
      'Schedules run on time here: use OFF.',
    );
  }
  const [startDate, endDate] = [given.StartDate?.getTime(), given.EndDate?.getTime()];
  if (startDate !== undefined && endDate !== undefined && startDate >= endDate) {
    throw validation('The StartDate you specify must come before the EndDate.');
  }
  if (endDate !== undefined && endDate < world.clock.now()) {
    throw validation('The EndDate you specify cannot be earlier than the present time.');
  }
  return {
    name,
    group: given.GroupName ?? 'default',
    expression,
    timeZone,
    state: given.State === 'DISABLED' ? 'DISABLED' : 'ENABLED',
    ...(given.Description === undefined ? {} : { description: given.Description }),
    ...(startDate === undefined ? {} : { startDate }),
    ...(endDate === undefined ? {} : { endDate }),
    afterCompletion: given.ActionAfterCompletion === 'DELETE' ? 'DELETE' : 'NONE',
    target: await targetOf(world, operation, given.Target ?? { Arn: '', RoleArn: '' }),
  };
}

async function targetOf(world: World, operation: string, target: Target): Promise<StoredTarget> {
  const { Arn: arn = '', RoleArn: roleArn = '', EventBridgeParameters: parameters } = target;
  for (const [field, value] of Object.entries(target)) {
    if (value !== undefined && field.endsWith('Parameters') && field !== 'EventBridgeParameters') {
      throw unsupported(operation, `Target.${field}`);
    }
  }
  await checkTargetArn(operation, arn);
  if (arn.includes(':events:') && !parameters)
    throw validation('EventBridgeParameters is required for an event bus.');
  if (!world.ports.iam.trusts(roleArn, 'scheduler.amazonaws.com')) {
    throw validation(
      'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
    );
  }
  const retries = target.RetryPolicy?.MaximumRetryAttempts ?? MOST_RETRIES;
  const maxAge = target.RetryPolicy?.MaximumEventAgeInSeconds ?? LONGEST_AGE_S;
  if (retries < 0 || retries > MOST_RETRIES)
    throw validation('MaximumRetryAttempts must be between 0 and 185.');
  if (maxAge < 60 || maxAge > LONGEST_AGE_S)
    throw validation('MaximumEventAgeInSeconds must be between 60 and 86400.');
  return {
    arn,
    roleArn,
    ...(target.Input === undefined ? {} : { input: target.Input }),
    ...(parameters
      ? { eventBridge: { detailType: parameters.DetailType ?? '', source: parameters.Source ?? '' } }
      : {}),
    retries,
    maxAge,
    ...(target.DeadLetterConfig?.Arn === undefined ? {} : { deadLetterArn: target.DeadLetterConfig.Arn }),
  };
}

const UNIVERSAL = /^arn:aws:scheduler:::aws-sdk:([a-z0-9]+):([a-z][A-Za-z0-9]*)$/;

/** The service and operation of `arn:aws:scheduler:::aws-sdk:sfn:startExecution`; undefined for a templated target. */
export function universalTarget(arn: string): { service: string; operation: string } | undefined {
  const found = UNIVERSAL.exec(arn);
  if (!found) return undefined;
  const [, service = '', action = ''] = found;
  return { service, operation: action.charAt(0).toUpperCase() + action.slice(1) };
}

async function checkTargetArn(operation: string, arn: string): Promise<void> {
  if (/^arn:aws:(lambda|states|sns|events):/.test(arn)) return;
  const universal = universalTarget(arn);
  if (!universal) {
    throw unsupported(
      operation,
      `the target ${arn}`,
      'Functions, state machines, topics, the event bus and `aws-sdk` calls can be targets.',
    );
  }
  // Calls that only read are refused by Scheduler itself.
  if (
    /^(Get|Describe|List|Poll|Receive|Search|Scan|Query|Select|Read|Lookup|Discover|Validate|BatchGet|TransactGet)/.test(
      universal.operation,
    )
  ) {
    throw validation(`Unsupported operation ${universal.operation} for a universal target.`);
  }
  const service = sdkService(universal.service);
  if (!service || !operationSchema(await loadSdk(service), universal.operation)) {
    throw validation(`Invalid universal target ${arn}: there is no such service or operation.`);
  }
}

export function sdkTarget(target: StoredTarget): Target {
  return {
    Arn: target.arn,
    RoleArn: target.roleArn,
    Input: target.input,
    EventBridgeParameters: target.eventBridge && {
      DetailType: target.eventBridge.detailType,
      Source: target.eventBridge.source,
    },
    RetryPolicy: { MaximumRetryAttempts: target.retries, MaximumEventAgeInSeconds: target.maxAge },
    DeadLetterConfig: target.deadLetterArn === undefined ? undefined : { Arn: target.deadLetterArn },
  };
}
