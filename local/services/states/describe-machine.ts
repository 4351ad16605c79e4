import { variableReferences } from './definitions.ts';
import type { MachineRecord } from './model.ts';

/** The members that DescribeStateMachine and DescribeStateMachineForExecution share. */
export function describeDefinition(
  machine: Pick<MachineRecord, 'definition' | 'roleArn' | 'logging' | 'revisionId'>,
  withDefinition: boolean,
): Record<string, unknown> {
  const { definition, roleArn, logging, revisionId } = machine;
  const references = variableReferences(definition);
  return {
    definition: withDefinition ? definition : '{}',
    roleArn,
    loggingConfiguration: {
      level: logging.level,
      includeExecutionData: logging.includeExecutionData,
      ...(logging.destinations === undefined
        ? {}
        : {
            destinations: logging.destinations.map((logGroupArn) => ({
              cloudWatchLogsLogGroup: { logGroupArn },
            })),
          }),
    },
    tracingConfiguration: { enabled: false },
    encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
    ...(revisionId === undefined ? {} : { revisionId }),
    ...(Object.keys(references).length === 0 ? {} : { variableReferences: references }),
  };
}
