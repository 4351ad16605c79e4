/** What the workflow asks for, read from the variables that a runner sets. All problems are told at once. */
import { durationOf } from '../cli/target.ts';
import { LockstepError } from '../core/errors.ts';

const ACTIONS = ['deploy', 'publish', 'update', 'rollback', 'plan', 'upload'] as const;
const ON_CANCEL = ['detach', 'cancel'] as const;

export interface Inputs {
  readonly service: string | undefined;
  readonly environment: string;
  readonly action: (typeof ACTIONS)[number];
  readonly commit: string | undefined;
  readonly imageTag: string | undefined;
  readonly to: string | undefined;
  readonly branch: string | undefined;
  readonly reason: string | undefined;
  readonly overrideFreeze: string | undefined;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  readonly onCancel: (typeof ON_CANCEL)[number];
  readonly planComment: string | undefined;
  readonly directory: string;
}

export function readInputs(variables: NodeJS.ProcessEnv): Inputs {
  const problems: string[] = [];
  const oneOf = <T extends string>(name: string, values: readonly [T, ...T[]]): T => {
    const given = input(variables, name) ?? values[0];
    const found = values.find((value) => value === given);
    if (!found) problems.push(`${name} is "${given}"; it may be ${values.join(', ')}.`);
    return found ?? values[0];
  };
  const action = oneOf('action', ACTIONS);
  const onCancel = oneOf('on-cancel', ON_CANCEL);
  const environment = input(variables, 'environment') ?? '';
  if (!environment) problems.push('environment is missing.');
  const planComment = input(variables, 'plan-comment');
  if (action === 'plan' && !planComment) problems.push('action plan needs plan-comment.');
  for (const [name, only] of [
    ['plan-comment', 'plan'],
    ['image-tag', 'update'],
    ['to', 'rollback'],
    ['branch', 'upload'],
  ]) {
    if (name && input(variables, name) && action !== only)
      problems.push(`${name} goes with action ${only}, and this is ${action}.`);
  }
  const time = input(variables, 'timeout');
  let timeout: number | undefined;
  try {
    timeout = time === undefined ? undefined : durationOf(time, 'timeout');
  } catch {
    problems.push(`timeout is "${time}"; write it like 90s, 20m or 2h.`);
  }
  if (problems.length > 0) {
    throw new LockstepError('UsageError', {
      problem: problems.join(' '),
      help: 'action.yml says what each input takes.',
    });
  }
  return {
    service: input(variables, 'service'),
    environment,
    action,
    commit: input(variables, 'commit'),
    imageTag: input(variables, 'image-tag'),
    to: input(variables, 'to'),
    branch: input(variables, 'branch'),
    reason: input(variables, 'reason'),
    overrideFreeze: input(variables, 'override-freeze'),
    timeout,
    onCancel,
    planComment,
    directory: input(variables, 'working-directory') ?? '.',
  };
}

/** A runner keeps the hyphen in INPUT_ON-CANCEL, which no shell can set: there it is INPUT_ON_CANCEL. */
function input(variables: NodeJS.ProcessEnv, name: string): string | undefined {
  const upper = name.toUpperCase();
  const given = variables[`INPUT_${upper}`] ?? variables[`INPUT_${upper.replaceAll('-', '_')}`];
  return given?.trim() || undefined;
}
