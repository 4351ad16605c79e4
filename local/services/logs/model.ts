/** Log groups, streams and their names, as CloudWatch Logs knows them. */
import { AwsError, type World } from '../../service.ts';

export interface MetricTransformation {
  readonly metricName: string;
  readonly metricNamespace: string;
  /** A number, or `$.path` or `$field` of the pattern. */
  readonly metricValue: string;
  readonly defaultValue?: number;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly unit?: string;
}

export interface MetricFilter {
  readonly filterName: string;
  readonly filterPattern: string;
  readonly metricTransformations: readonly MetricTransformation[];
  readonly creationTime: number;
}

export interface Group {
  /** Names the folder of its files: a group that is made again under the same name starts empty. */
  readonly id: string;
  readonly name: string;
  readonly creationTime: number;
  retentionInDays?: number;
  tags: Record<string, string>;
  filters: MetricFilter[];
}

const DAY_MS = 86_400_000;
export const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The time before which events of the group have expired. */
export function expiry(group: Group, now: number): number {
  return group.retentionInDays === undefined ? 0 : now - group.retentionInDays * DAY_MS;
}

export function groupArn(world: World, name: string): string {
  return `arn:aws:logs:${world.region}:${world.account}:log-group:${name}`;
}

/** The ARN that IAM matches: CloudWatch Logs always appends the stream, empty where a call names none. */
export function streamResource(world: World, group: string, stream = ''): string {
  return `${groupArn(world, group)}:log-stream:${stream}`;
}

export function checkGroupName(name: string): void {
  if (name.length > 512 || name.length === 0)
    throw constraint(name, 'logGroupName', 'have length between 1 and 512');
  if (!/^[.\-_/#A-Za-z0-9]+$/.test(name)) {
    throw constraint(name, 'logGroupName', 'satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+');
  }
}

export function checkStreamName(name: string): void {
  if (name.length > 512 || name.length === 0)
    throw constraint(name, 'logStreamName', 'have length between 1 and 512');
  if (/[:*]/.test(name)) {
    throw constraint(name, 'logStreamName', 'satisfy regular expression pattern: [^:*]*');
  }
}

export function constraint(value: unknown, member: string, rule: string): AwsError {
  return new AwsError(
    'InvalidParameterException',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${rule}`,
  );
}

/** The group that a call means: by name, or by name or ARN as its identifier, but not by both. */
export function groupNameOf(input: {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
}): string {
  if ((input.logGroupName === undefined) === (input.logGroupIdentifier === undefined)) {
    throw new AwsError(
      'InvalidParameterException',
      'Exactly one of the parameters logGroupName and logGroupIdentifier must be specified.',
    );
  }
  return input.logGroupName ?? nameOfIdentifier(input.logGroupIdentifier ?? '');
}

export function nameOfIdentifier(identifier: string): string {
  return /^arn:aws[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(identifier)?.[1] ?? identifier;
}
