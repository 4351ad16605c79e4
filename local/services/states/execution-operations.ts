/** Executions: started, stopped, described, listed, redriven, and their history. */
import { randomUUID } from 'node:crypto';
import type {
  DescribeExecutionInput,
  DescribeStateMachineForExecutionInput,
  GetExecutionHistoryInput,
  ListExecutionsInput,
  RedriveExecutionInput,
  StartExecutionInput,
  StartSyncExecutionInput,
  StopExecutionInput,
} from '@aws-sdk/client-sfn';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, unsupported } from '../../service.ts';
import { showEvent } from '../../states/history.ts';
import { exceeds, type Json, LARGEST_PAYLOAD } from '../../states/json.ts';
import { describeExecution, redriveStatus } from './describe-execution.ts';
import { describeDefinition } from './describe-machine.ts';
import type { Executions } from './executions.ts';
import {
  checkMaxResults,
  checkName,
  type ExecutionRecord,
  executionArn,
  invalidToken,
  mustFindExecution,
  mustFindMachine,
  pageSize,
  type State,
  statesError,
  validationError,
} from './model.ts';

/** In the order of the real service's own message. */
const STATUSES = ['SUCCEEDED', 'TIMED_OUT', 'PENDING_REDRIVE', 'ABORTED', 'FAILED', 'RUNNING'];

export function executionOperations(state: State, executions: Executions): Record<string, Operation> {
  const { world } = state;
  const ofExecution = (action: string) => (input: { executionArn?: string | undefined }) => [
    { action: `states:${action}`, resource: input.executionArn ?? '*' },
  ];
  const ofMachine = (action: string) => (input: { stateMachineArn?: string | undefined }) => [
    { action: `states:${action}`, resource: input.stateMachineArn ?? '*' },
  ];
  const find = (arn: string | undefined) => mustFindExecution(state, arn ?? '');

  return {
    StartExecution: operation<StartExecutionInput, object>(
      'StartExecution',
      ['stateMachineArn', 'name', 'input', 'traceHeader'],
      {
        permissions: ofMachine('StartExecution'),
        run({ stateMachineArn = '', name = randomUUID(), input = '{}' }) {
          const { arn, startedAt } = start(state, executions, stateMachineArn, name, parseInput(input));
          return { executionArn: arn, startDate: new Date(startedAt) };
        },
      },
    ),

    StartSyncExecution: operation<StartSyncExecutionInput, object>(
      'StartSyncExecution',
      ['stateMachineArn', 'name', 'input', 'traceHeader', 'includedData'],
      {
        permissions: ofMachine('StartSyncExecution'),
        run({ stateMachineArn = '' }) {
          mustFindMachine(state, stateMachineArn);
          throw new AwsError(
            'StateMachineTypeNotSupported',
            'This operation is not supported by this type of state machine',
          );
        },
      },
    ),

    StopExecution: operation<StopExecutionInput, object>(
      'StopExecution',
      ['executionArn', 'error', 'cause'],
      {
        permissions: ofExecution('StopExecution'),
        run({ executionArn: arn, error, cause }) {
          const execution = find(arn);
          // Stopping what has ended changes nothing and is no error.
          executions.find(execution.arn)?.abort({
            ...(error === undefined ? {} : { error }),
            ...(cause === undefined ? {} : { cause }),
          });
          return { stopDate: new Date(execution.stoppedAt ?? world.clock.now()) };
        },
      },
    ),

    DescribeExecution: operation<DescribeExecutionInput, object>(
      'DescribeExecution',
      ['executionArn', 'includedData'],
      {
        permissions: ofExecution('DescribeExecution'),
        run({ executionArn: arn, includedData }) {
          const run = executions.record(find(arn));
          return describeExecution(run, includedData !== 'METADATA_ONLY', world.clock.now());
        },
      },
    ),

    DescribeStateMachineForExecution: operation<DescribeStateMachineForExecutionInput, object>(
      'DescribeStateMachineForExecution',
      ['executionArn', 'includedData'],
      {
        permissions: ofExecution('DescribeStateMachineForExecution'),
        run({ executionArn: arn, includedData }) {
          const execution = find(arn);
          const definition = state.definitions.get(execution.definition) ?? '{}';
          return {
            stateMachineArn: execution.machineArn,
            name: execution.machineArn.split(':').at(-1),
            updateDate: new Date(execution.machineUpdatedAt),
            ...describeDefinition({ ...execution, definition }, includedData !== 'METADATA_ONLY'),
          };
        },
      },
    ),

    ListExecutions: operation<ListExecutionsInput, object>(
      'ListExecutions',
      ['stateMachineArn', 'statusFilter', 'maxResults', 'nextToken'],
      {
        permissions: ofMachine('ListExecutions'),
        run({ stateMachineArn = '', statusFilter, maxResults, nextToken }) {
          checkMaxResults(maxResults);
          if (statusFilter !== undefined && !STATUSES.includes(statusFilter)) {
            const set = `Member must satisfy enum value set: [${STATUSES.join(', ')}]`;
            throw validationError(statusFilter, 'statusFilter', set);
          }
          const machine = mustFindMachine(state, stateMachineArn);
          const newestFirst = state.executions
            .values()
            .filter((one) => one.machineArn === machine.arn && (statusFilter ?? one.status) === one.status)
            .reverse()
            .sort((a, b) => b.startedAt - a.startedAt);
          const { items, ...rest } = page(newestFirst, nextToken, pageSize(maxResults), invalidToken);
          return { executions: items.map(listed), ...rest };
        },
      },
    ),

    GetExecutionHistory: operation<GetExecutionHistoryInput, object>(
      'GetExecutionHistory',
      ['executionArn', 'maxResults', 'reverseOrder', 'nextToken', 'includeExecutionData'],
      {
        permissions: ofExecution('GetExecutionHistory'),
        run({ executionArn: arn, maxResults, reverseOrder, nextToken, includeExecutionData = true }) {
          checkMaxResults(maxResults);
          const { events } = executions.record(find(arn));
          const ordered = reverseOrder ? [...events].reverse() : events;
          const { items, ...rest } = page(ordered, nextToken, pageSize(maxResults), invalidToken);
          return { events: items.map((event) => showEvent(event, includeExecutionData)), ...rest };
        },
      },
    ),

    RedriveExecution: operation<RedriveExecutionInput, object>(
      'RedriveExecution',
      ['executionArn', 'clientToken'],
      {
        permissions: ofExecution('RedriveExecution'),
        run({ executionArn: arn, clientToken }) {
          const execution = find(arn);
          const repeated = clientToken !== undefined && clientToken === execution.redriveToken;
          if (!repeated) {
            const { redriveStatusReason } = redriveStatus(executions.record(execution), world.clock.now());
            if (redriveStatusReason !== undefined)
              throw statesError('ExecutionNotRedrivable', redriveStatusReason);
            if (clientToken !== undefined) execution.redriveToken = clientToken;
            executions.redrive(execution);
          }
          return { redriveDate: new Date(execution.redrivenAt ?? world.clock.now()) };
        },
      },
    ),
  } as unknown as Record<string, Operation>;
}

function listed(execution: ExecutionRecord): Record<string, unknown> {
  const { arn, machineArn, name, status, startedAt, stoppedAt, redriveCount, redrivenAt } = execution;
  return {
    executionArn: arn,
    stateMachineArn: machineArn,
    name,
    status,
    startDate: new Date(startedAt),
    ...(stoppedAt === undefined ? {} : { stopDate: new Date(stoppedAt) }),
    redriveCount,
    ...(redrivenAt === undefined ? {} : { redriveDate: new Date(redrivenAt) }),
  };
}

function parseInput(text: string): Json {
  if (Buffer.byteLength(text) > LARGEST_PAYLOAD) {
    const constraint = `Member must have length less than or equal to ${LARGEST_PAYLOAD}`;
    throw validationError(`${text.slice(0, 40)}…`, 'input', constraint);
  }
  if (text === '') throw inputError('Invalid execution input.');
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw inputError((error as Error).message);
  }
}

function inputError(why: string): AwsError {
  return new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${why}'`);
}

/** The same name and input while the execution runs is the same execution; otherwise the name is taken for 90 days. */
export function start(
  state: State,
  executions: Executions,
  stateMachineArn: string,
  name: string,
  input: Json,
): ExecutionRecord {
  const machine = mustFindMachine(state, stateMachineArn);
  if (machine.deleting) throw statesError('StateMachineDeleting', stateMachineArn);
  checkName(name);
  if (exceeds(input)) throw unsupported('StartExecution', 'an input of more than 256 KiB');
  const arn = executionArn(state.world, machine.name, name);
  const known = state.executions.get(arn);
  if (!known) return executions.start(machine, name, input);
  if (executions.isExpired(known)) {
    executions.forget(known);
    return executions.start(machine, name, input);
  }
  const same = JSON.stringify(executions.record(known).input) === JSON.stringify(input);
  if (known.status === 'RUNNING' && same) return known;
  throw statesError('ExecutionAlreadyExists', arn);
}
