/** Machines and executions as they are kept, and the errors and checks that many operations share. */
import { AwsError, type World } from '../../service.ts';
import type { RunStatus } from '../../states/record.ts';
import type { Collection } from '../../store.ts';

/** Times are milliseconds since the epoch. */
export interface MachineRecord {
  readonly arn: string;
  readonly name: string;
  definition: string;
  roleArn: string;
  logging: Logging;
  readonly createdAt: number;
  /** Of the last update; there is none before the first one. */
  revisionId?: string;
  updatedAt: number;
  deleting?: boolean;
  tags: Record<string, string>;
}

export interface Logging {
  readonly level: 'ALL' | 'ERROR' | 'FATAL' | 'OFF';
  readonly includeExecutionData: boolean;
  /** ARNs of log groups, ending in `:*`. */
  readonly destinations?: readonly string[];
}

/** What lists and looks by name need of an execution; its run is kept apart, in a file of its own. */
export interface ExecutionRecord {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  /** The collection that holds the run. */
  readonly file: string;
  /** The definition that the execution runs, whatever became of the machine since: a key of the definitions. */
  readonly definition: string;
  readonly roleArn: string;
  readonly logging: Logging;
  readonly revisionId?: string;
  /** When the machine got this definition. */
  readonly machineUpdatedAt: number;
  readonly startedAt: number;
  stoppedAt?: number;
  status: RunStatus;
  redriveCount: number;
  redrivenAt?: number;
  /** Of the last RedriveExecution, so that a repeated request starts nothing. */
  redriveToken?: string;
}

export interface State {
  readonly world: World;
  readonly machines: Collection<MachineRecord>;
  readonly executions: Collection<ExecutionRecord>;
  /** Definitions by the hash of their text. */
  readonly definitions: Collection<string>;
}

export function openState(world: World): State {
  const store = world.store('states');
  return {
    world,
    machines: store.collection('machines'),
    executions: store.collection('executions'),
    definitions: store.collection('definitions'),
  };
}

export function machineArn(world: World, name: string): string {
  return `arn:aws:states:${world.region}:${world.account}:stateMachine:${name}`;
}

export function executionArn(world: World, machine: string, name: string): string {
  return `arn:aws:states:${world.region}:${world.account}:execution:${machine}:${name}`;
}

/** The service's errors all read `Execution Does Not Exist: 'arn:…'`. */
export function statesError(code: string, detail: string): AwsError {
  const words = code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return new AwsError(code, `${words}: '${detail}'`);
}

export function validationError(value: unknown, member: string, constraint: string): AwsError {
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** Control characters, blanks, brackets, wildcards and the special characters of AWS's list. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const ILLEGAL = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;

export function checkName(name: string): void {
  if (name.length < 1 || name.length > 80) {
    throw validationError(name, 'name', 'Member must have length less than or equal to 80');
  }
  if (ILLEGAL.test(name)) throw statesError('InvalidName', name);
}

export function checkArn(arn: string): void {
  if (!arn.startsWith('arn:')) throw statesError('InvalidArn', `Invalid ARN prefix: ${arn}`);
}

export function checkMaxResults(maxResults: number | undefined): void {
  if (maxResults !== undefined && maxResults > 1000) {
    throw validationError(maxResults, 'maxResults', 'Member must have value less than or equal to 1000');
  }
}

/** AWS takes 0 for the default. */
export const pageSize = (maxResults: number | undefined) => maxResults || 100;

export const invalidToken = () => statesError('InvalidToken', 'Invalid token');

export function mustFindMachine(state: State, arn: string): MachineRecord {
  checkArn(arn);
  const machine = state.machines.get(arn);
  if (!machine) throw statesError('StateMachineDoesNotExist', arn);
  return machine;
}

export function mustFindExecution(state: State, arn: string): ExecutionRecord {
  checkArn(arn);
  const execution = state.executions.get(arn);
  if (!execution) throw statesError('ExecutionDoesNotExist', arn);
  return execution;
}

/** A machine that is being deleted goes when none of its executions runs. */
export function removeIfDeleted(state: State, arn: string): void {
  if (!state.machines.get(arn)?.deleting) return;
  const running = state.executions.values().some((one) => one.machineArn === arn && one.status === 'RUNNING');
  if (!running) state.machines.delete(arn);
}
