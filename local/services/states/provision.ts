/** `AWS::StepFunctions::StateMachine`. */
import { readFileSync } from 'node:fs';
import { physicalName } from '../../provision/names.ts';
import { AwsError, type Place, type Provisioned, type Provisioner, unsupported } from '../../service.ts';
import { checkDefinition } from './definitions.ts';
import { readLogging } from './logging.ts';
import { change, checkRole, deleteMachine } from './machine-operations.ts';
import { type Logging, type MachineRecord, machineArn, type State } from './model.ts';

type Given = Readonly<Record<string, unknown>>;
const TYPE = 'AWS::StepFunctions::StateMachine';

export function provisioners(state: State): Record<string, Provisioner> {
  return {
    [TYPE]: {
      honours: [
        'StateMachineName',
        'StateMachineType',
        'Definition',
        'DefinitionString',
        'DefinitionS3Location',
        'DefinitionSubstitutions',
        'RoleArn',
        'LoggingConfiguration',
        'Tags',
      ],
      ignores: {
        TracingConfiguration: 'There is no X-Ray here.',
        EncryptionConfiguration: 'Everything stays on this machine.',
      },
      provision: (given, place) => provision(state, given, place),
      remove: ({ ref }) => deleteMachine(state, ref),
    },
  };
}

async function provision(state: State, given: Given, place: Place): Promise<Provisioned> {
  const { world } = state;
  if ((given['StateMachineType'] ?? 'STANDARD') !== 'STANDARD') {
    throw unsupported(TYPE, `StateMachineType ${given['StateMachineType']}`);
  }
  const name =
    typeof given['StateMachineName'] === 'string' ? given['StateMachineName'] : physicalName(place, 80);
  const definition = definitionOf(given, place);
  const roleArn = String(given['RoleArn']);
  const logging = loggingOf(state, given['LoggingConfiguration']);
  try {
    await checkDefinition(definition);
    checkRole(state, roleArn);
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError(error.code, `${place.logicalId}: ${error.message}`);
    throw error;
  }
  const arn = machineArn(world, name);
  const known = state.machines.get(arn);
  const wanted = { definition, roleArn, logging };
  if (known) {
    const same = (['definition', 'roleArn', 'logging'] as const).every(
      (member) => JSON.stringify(known[member]) === JSON.stringify(wanted[member]),
    );
    known.tags = tagsOf(given['Tags']);
    delete known.deleting;
    if (same) state.machines.set(arn, known);
    else change(state, known, wanted);
  } else {
    const now = world.clock.now();
    const made: MachineRecord = {
      arn,
      name,
      ...wanted,
      createdAt: now,
      updatedAt: now,
      tags: tagsOf(given['Tags']),
    };
    state.machines.set(arn, made);
  }
  const revision = state.machines.get(arn)?.revisionId ?? 'INITIAL';
  return { ref: arn, attributes: { Arn: arn, Name: name, StateMachineRevisionId: revision } };
}

function definitionOf(given: Given, place: Place): string {
  const text = rawDefinition(given, place);
  const substitutions = Object.entries((given['DefinitionSubstitutions'] ?? {}) as Record<string, unknown>);
  return substitutions.reduce((all, [name, value]) => all.replaceAll(`\${${name}}`, String(value)), text);
}

function rawDefinition(given: Given, place: Place): string {
  if (typeof given['DefinitionString'] === 'string') return given['DefinitionString'];
  if (given['Definition'] !== undefined) return JSON.stringify(given['Definition']);
  const key = String((given['DefinitionS3Location'] as Given | undefined)?.['Key'] ?? '');
  const file = place.asset?.(key);
  if (file === undefined) throw unsupported(TYPE, `a definition at ${key}, which is not in the assembly`);
  return readFileSync(file, 'utf8');
}

/** CloudFormation spells the members with capitals. */
function loggingOf(state: State, given: unknown): Logging {
  const { Level, IncludeExecutionData, Destinations } = (given ?? {}) as {
    Level?: Logging['level'];
    IncludeExecutionData?: boolean | string;
    Destinations?: { CloudWatchLogsLogGroup?: { LogGroupArn?: string } }[];
  };
  return readLogging(state.world, {
    level: Level ?? 'OFF',
    includeExecutionData: IncludeExecutionData === true || IncludeExecutionData === 'true',
    ...(Destinations === undefined
      ? {}
      : {
          destinations: Destinations.map(({ CloudWatchLogsLogGroup }) => ({
            cloudWatchLogsLogGroup: { logGroupArn: CloudWatchLogsLogGroup?.LogGroupArn },
          })),
        }),
  });
}

function tagsOf(given: unknown): Record<string, string> {
  const tags = (given ?? []) as { Key?: string; Value?: string }[];
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}
