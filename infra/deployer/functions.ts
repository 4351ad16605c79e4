/** The deployer's functions: one a step, two for the recovery, and `inspect-database` for each service with a database. */
import { Duration, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Environment, ServiceConfiguration } from '../../core/environment.ts';
import {
  artefactsBucketName,
  backendExport,
  buildProjectName,
  deploymentsTableName,
  functionName,
  inspectFunctionName,
  inspectFunctionPrefix,
  locksTableName,
} from '../../core/names.ts';
import type { FunctionName } from '../../core/steps.ts';
import { type Bundles, FUNCTIONS } from '../bundles.ts';
import { retentionOf } from '../retention.ts';
import { DeployerFunction } from './function.ts';
import { inspectPermissions } from './inspect-permissions.ts';
import { type PermissionsScope, permissionsOf } from './permissions.ts';

export interface FunctionsProps extends PermissionsScope {
  readonly bundles: Bundles | undefined;
  readonly version: string;
}

type StepName = Exclude<FunctionName, 'InspectDatabase'>;

/**
 * What each is for, how long it may take and how much memory it gets (MiB). A time-out is shorter than the state's, so that
 * Lambda's own error, which names the function, is what the machine sees.
 */
const SHAPES: Readonly<Record<FunctionName, { does: string; seconds: number; memory: number }>> = {
  Plan: {
    does: 'Looks at what runs now, at what would be released, and at the way back.',
    seconds: 90,
    memory: 512,
  },
  Build: { does: 'Starts the build once, then looks at it.', seconds: 60, memory: 512 },
  // The rehearsal runs PostgreSQL in WebAssembly, and V8 compiles it beside its running: what is bought is the second processor
  // (Lambda gives 1.7 of them for 3008 MiB), not the memory, of which 700 are used. New accounts may have no more than this.
  MigrateCheck: { does: 'Judges every pending migration.', seconds: 270, memory: 3008 },
  AwaitApproval: {
    does: 'Tells people that a migration waits for their approval.',
    seconds: 30,
    memory: 512,
  },
  Snapshot: { does: 'Starts the database snapshot once, then looks at it.', seconds: 60, memory: 512 },
  Migrate: { does: 'Starts the migration task once, then looks at it.', seconds: 60, memory: 512 },
  UpdateService: {
    does: 'Registers the new revision and gives it to the service.',
    seconds: 60,
    memory: 512,
  },
  VerifyHealth: { does: 'Looks once at the release and judges its health.', seconds: 60, memory: 512 },
  Rollback: { does: 'Goes back to the last release that was proven healthy.', seconds: 60, memory: 512 },
  Record: {
    does: 'Writes the journal, the metrics and the notification, and frees the lock.',
    seconds: 60,
    memory: 512,
  },
  InspectDatabase: { does: 'Reads facts of the catalogue, never rows.', seconds: 60, memory: 512 },
  FindOrphans: {
    does: 'Finds deployments whose execution ended without a verdict.',
    seconds: 60,
    memory: 512,
  },
  Resume: { does: 'Reads from the journal where a recovery has to go on.', seconds: 30, memory: 512 },
};

export class Functions extends Construct {
  readonly steps: Readonly<Record<StepName, DeployerFunction>>;
  readonly inspectors: readonly DeployerFunction[];

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { environmentName, environment } = props;
    const variables = {
      ENVIRONMENT: environmentName,
      LOCKSTEP_VERSION: props.version,
    };
    const shared = {
      ...variables,
      LOCKS_TABLE: locksTableName(environmentName),
      DEPLOYMENTS_TABLE: deploymentsTableName(environmentName),
      ARTEFACTS_BUCKET: artefactsBucketName(props, environmentName),
      BUILD_PROJECT: buildProjectName(environmentName),
      TOPIC_ARN: props.topicArn,
      INSPECT_FUNCTION_PREFIX: inspectFunctionPrefix(environmentName),
    };
    const retention = retentionOf(environment);
    const steps = FUNCTIONS.filter((name): name is StepName => name !== 'InspectDatabase').map((name) => {
      const made = new DeployerFunction(this, name, {
        name: functionName(environmentName, name),
        description: SHAPES[name].does,
        code: props.bundles?.[name],
        memory: SHAPES[name].memory,
        timeout: Duration.seconds(SHAPES[name].seconds),
        variables: shared,
        permissions: permissionsOf(name, props),
        retention,
      });
      return [name, made] as const;
    });
    this.steps = Object.fromEntries(steps) as Record<StepName, DeployerFunction>;

    this.inspectors = Object.entries(environment.services).flatMap(([service, { database }]) => {
      if (!database) return [];
      const network = networkOf(environment, environmentName, service, database);
      return new DeployerFunction(this, `InspectDatabase-${service}`, {
        name: inspectFunctionName(environmentName, service),
        description: `${SHAPES.InspectDatabase.does} Stands in the network of ${service}.`,
        code: props.bundles?.InspectDatabase,
        memory: SHAPES.InspectDatabase.memory,
        timeout: Duration.seconds(SHAPES.InspectDatabase.seconds),
        variables: {
          ...variables,
          SERVICE: service,
          DATABASE_SECRET: database.secret,
          DATABASE_SCHEMA: database.schema,
        },
        permissions: inspectPermissions(database.secret, props),
        retention,
        ...(network ? { network } : {}),
      });
    });
  }
}

/** The service's own subnets and security groups: what lets its tasks reach the database lets the function in. */
function networkOf(
  environment: Environment,
  environmentName: string,
  service: string,
  database: NonNullable<ServiceConfiguration['database']>,
): { subnetIds: string[]; securityGroupIds: string[] } | undefined {
  if (database.subnets && database.securityGroups) {
    return { subnetIds: database.subnets, securityGroupIds: database.securityGroups };
  }
  // Without a network it cannot reach the database: the facts are unknown then, and verdicts say so.
  if (!environment.stack.create) return undefined;
  const imported = (part: 'subnets' | 'security-group') =>
    Fn.importValue(backendExport(environmentName, service, part));
  return {
    subnetIds: Fn.split(',', imported('subnets')),
    securityGroupIds: [imported('security-group')],
  };
}

/** For the machines' substitutions: `VerifyHealthFunctionArn` and so on, as the files in statemachine/ name them. */
export function substitutionName(name: StepName): string {
  return `${name}FunctionArn`;
}
