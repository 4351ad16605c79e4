/** State machines: made, changed, described, listed, deleted, checked, tagged. */
import { randomUUID } from 'node:crypto';
import type {
  CreateStateMachineInput,
  DeleteStateMachineInput,
  DescribeStateMachineInput,
  ListStateMachinesInput,
  UpdateStateMachineInput,
  ValidateStateMachineDefinitionInput,
} from '@aws-sdk/client-sfn';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, unsupported } from '../../service.ts';
import { checkDefinition, diagnose } from './definitions.ts';
import { describeDefinition } from './describe-machine.ts';
import { readLogging } from './logging.ts';
import {
  checkArn,
  checkMaxResults,
  checkName,
  invalidToken,
  type MachineRecord,
  machineArn,
  mustFindMachine,
  pageSize,
  removeIfDeleted,
  type State,
  statesError,
} from './model.ts';

const OFF = { level: 'OFF', includeExecutionData: false } as const;

/** Throws unless Step Functions may assume the role. */
export function checkRole(state: State, roleArn: string): void {
  checkArn(roleArn);
  if (state.world.ports.iam.trusts(roleArn, 'states.amazonaws.com')) return;
  throw new AwsError(
    'AccessDeniedException',
    `Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.`,
  );
}

export function machineOperations(state: State): Record<string, Operation> {
  const { world, machines } = state;
  const allowed = (action: string) => (input: { stateMachineArn?: string | undefined }) => [
    { action: `states:${action}`, resource: input.stateMachineArn ?? '*' },
  ];
  const passRole = (roleArn: string | undefined) =>
    roleArn === undefined
      ? []
      : [
          {
            action: 'iam:PassRole',
            resource: roleArn,
            context: { 'iam:PassedToService': 'states.amazonaws.com' },
          },
        ];

  return {
    CreateStateMachine: operation<CreateStateMachineInput, object>(
      'CreateStateMachine',
      [
        'name',
        'definition',
        'roleArn',
        'type',
        'loggingConfiguration',
        'tags',
        'tracingConfiguration',
        'encryptionConfiguration',
      ],
      {
        permissions: ({ name, roleArn }) => [
          { action: 'states:CreateStateMachine', resource: machineArn(world, name ?? '') },
          ...passRole(roleArn),
        ],
        async run({ name = '', definition = '', roleArn = '', type, loggingConfiguration, tags }) {
          checkName(name);
          if (type === 'EXPRESS') throw unsupported('CreateStateMachine', 'type EXPRESS');
          const logging = loggingConfiguration ? readLogging(world, loggingConfiguration) : OFF;
          await checkDefinition(definition);
          checkRole(state, roleArn);
          const arn = machineArn(world, name);
          const known = machines.get(arn);
          const now = world.clock.now();
          const machine: MachineRecord = known ?? {
            arn,
            name,
            definition,
            roleArn,
            logging,
            createdAt: now,
            updatedAt: now,
            tags: Object.fromEntries((tags ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
          };
          if (known) refuseOther(known, { definition, roleArn, logging });
          machines.set(arn, machine);
          return { stateMachineArn: arn, creationDate: new Date(machine.createdAt) };
        },
      },
    ),

    UpdateStateMachine: operation<UpdateStateMachineInput, object>(
      'UpdateStateMachine',
      [
        'stateMachineArn',
        'definition',
        'roleArn',
        'loggingConfiguration',
        'tracingConfiguration',
        'encryptionConfiguration',
      ],
      {
        permissions: (input) => [...allowed('UpdateStateMachine')(input), ...passRole(input.roleArn)],
        async run({ stateMachineArn = '', definition, roleArn, loggingConfiguration, tracingConfiguration }) {
          const machine = mustFindMachine(state, stateMachineArn);
          if (machine.deleting) throw statesError('StateMachineDeleting', stateMachineArn);
          if (!definition && !roleArn && !loggingConfiguration && !tracingConfiguration) {
            throw new AwsError(
              'MissingRequiredParameter',
              'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
            );
          }
          if (definition !== undefined) await checkDefinition(definition);
          if (roleArn !== undefined) checkRole(state, roleArn);
          change(state, machine, {
            ...(definition === undefined ? {} : { definition }),
            ...(roleArn === undefined ? {} : { roleArn }),
            ...(loggingConfiguration ? { logging: readLogging(world, loggingConfiguration) } : {}),
          });
          return { updateDate: new Date(machine.updatedAt), revisionId: machine.revisionId };
        },
      },
    ),

    DeleteStateMachine: operation<DeleteStateMachineInput, object>(
      'DeleteStateMachine',
      ['stateMachineArn'],
      {
        permissions: allowed('DeleteStateMachine'),
        run({ stateMachineArn = '' }) {
          checkArn(stateMachineArn);
          deleteMachine(state, stateMachineArn);
          return {};
        },
      },
    ),

    DescribeStateMachine: operation<DescribeStateMachineInput, object>(
      'DescribeStateMachine',
      ['stateMachineArn', 'includedData'],
      {
        permissions: allowed('DescribeStateMachine'),
        run({ stateMachineArn = '', includedData }) {
          const machine = mustFindMachine(state, stateMachineArn);
          return {
            stateMachineArn: machine.arn,
            name: machine.name,
            status: machine.deleting ? 'DELETING' : 'ACTIVE',
            type: 'STANDARD',
            creationDate: new Date(machine.createdAt),
            ...describeDefinition(machine, includedData !== 'METADATA_ONLY'),
          };
        },
      },
    ),

    ListStateMachines: operation<ListStateMachinesInput, object>(
      'ListStateMachines',
      ['maxResults', 'nextToken'],
      {
        permissions: () => [{ action: 'states:ListStateMachines', resource: '*' }],
        run({ maxResults, nextToken }) {
          checkMaxResults(maxResults);
          const sorted = machines.values().sort((a, b) => (a.name < b.name ? -1 : 1));
          const { items, ...rest } = page(sorted, nextToken, pageSize(maxResults), invalidToken);
          return {
            stateMachines: items.map(({ arn, name, createdAt }) => ({
              stateMachineArn: arn,
              name,
              type: 'STANDARD',
              creationDate: new Date(createdAt),
            })),
            ...rest,
          };
        },
      },
    ),

    ValidateStateMachineDefinition: operation<ValidateStateMachineDefinitionInput, object>(
      'ValidateStateMachineDefinition',
      ['definition', 'type', 'severity', 'maxResults'],
      {
        permissions: () => [{ action: 'states:ValidateStateMachineDefinition', resource: '*' }],
        async run({ definition = '', maxResults }) {
          const found = await diagnose(definition);
          const diagnostics = found.slice(0, maxResults || 100);
          return {
            result: found.length === 0 ? 'OK' : 'FAIL',
            diagnostics,
            truncated: diagnostics.length < found.length,
          };
        },
      },
    ),
  } as unknown as Record<string, Operation>;
}

/** Making a machine again with everything as it is answers as the first time; anything else is another machine. */
function refuseOther(
  known: MachineRecord,
  wanted: Pick<MachineRecord, 'definition' | 'roleArn' | 'logging'>,
): void {
  if (known.deleting) throw statesError('StateMachineDeleting', known.arn);
  const same =
    known.definition === wanted.definition &&
    known.roleArn === wanted.roleArn &&
    JSON.stringify(known.logging) === JSON.stringify(wanted.logging);
  if (!same) throw statesError('StateMachineAlreadyExists', known.arn);
}

export function change(
  state: State,
  machine: MachineRecord,
  changes: Partial<Pick<MachineRecord, 'definition' | 'roleArn' | 'logging'>>,
): void {
  Object.assign(machine, changes);
  machine.updatedAt = state.world.clock.now();
  machine.revisionId = randomUUID();
  state.machines.set(machine.arn, machine);
}

/** While executions run the machine is `DELETING`; the last one that ends takes it with it. */
export function deleteMachine(state: State, arn: string): void {
  const machine = state.machines.get(arn);
  if (!machine) return;
  machine.deleting = true;
  state.machines.set(arn, machine);
  removeIfDeleted(state, arn);
}
