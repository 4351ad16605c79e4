/**
 * What the parts of a Lockstep are called in AWS. Stable and readable, so that the command finds them without asking
 * CloudFormation, and a person finds them in the console without asking us.
 */
import { type FunctionName, kebab } from './steps.ts';

/** Longest name that Lambda gives a function, and Scheduler a schedule. */
const NAME_LIMIT = 64;

export function deployerStackName(environment: string): string {
  return `lockstep-${environment}`;
}

export function backendStackName(environment: string): string {
  return `backend-${environment}`;
}

/** `deploy` is what `lockstep deploy` starts; `recover` what the reaper and the rule start, `schedule` what schedules start. */
export type MachineName = 'deploy' | 'recover' | 'schedule';

export function stateMachineName(environment: string, machine: MachineName): string {
  return `lockstep-${environment}-${machine}`;
}

export function stateMachineArn(
  place: { region: string; account: string },
  environment: string,
  machine: MachineName,
): string {
  return `arn:aws:states:${place.region}:${place.account}:stateMachine:${stateMachineName(environment, machine)}`;
}

export function locksTableName(environment: string): string {
  return `lockstep-${environment}-locks`;
}

export function deploymentsTableName(environment: string): string {
  return `lockstep-${environment}-deployments`;
}

/** The journal's index by a deployment's id. */
export const DEPLOYMENTS_BY_ID = 'byId';

export function artefactsBucketName(place: { region: string; account: string }, environment: string): string {
  return `lockstep-${environment}-artefacts-${place.account}-${place.region}`;
}

export function buildProjectName(environment: string): string {
  return `lockstep-${environment}-build`;
}

export function topicName(environment: string): string {
  return `lockstep-${environment}-deployments`;
}

export function functionName(environment: string, name: Exclude<FunctionName, 'InspectDatabase'>): string {
  return short(`lockstep-${environment}-${kebab(name)}`);
}

/** What deploys a service by itself, in EventBridge Scheduler. */
export function scheduleName(environment: string, service: string): string {
  return short(`lockstep-${environment}-deploy-${service}`);
}

/** `inspect-database` stands in the network of a service, so there is one for each service that has a database. */
export function inspectFunctionName(environment: string, service: string): string {
  return short(`${inspectFunctionPrefix(environment)}${service}`);
}

export function inspectFunctionPrefix(environment: string): string {
  return `lockstep-${environment}-inspect-database-`;
}

/** What tasks of a BackendStack run as (`task`), and what ECS starts them with (`execution`). */
export function taskRoleName(environment: string, service: string, kind: 'task' | 'execution'): string {
  return `${service}-${environment}-${kind}`;
}

/** The family of a BackendStack's task definitions: `backend-production`, as in `backend-production:41`. */
export function taskFamily(environment: string, service: string): string {
  return `${service}-${environment}`;
}

/** What the BackendStack tells the DeployerStack: where the service's tasks stand. */
export function backendExport(
  environment: string,
  service: string,
  part: 'subnets' | 'security-group',
): string {
  return `${backendStackName(environment)}:${service}:${part}`;
}

function short(name: string): string {
  if (name.length <= NAME_LIMIT) return name;
  throw new Error(
    `"${name}" has ${name.length} characters, and AWS takes ${NAME_LIMIT}: shorten the name of the environment or of the service.`,
  );
}
