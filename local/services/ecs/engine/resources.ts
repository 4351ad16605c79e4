/**
 * What a task needs before its containers can start: secrets, a log stream, images. Everything is fetched with the
 * rights of the execution role, in the order in which Fargate fetches it, and fails in its words.
 */
import { randomUUID } from 'node:crypto';
import type * as ecs from '@aws-sdk/client-ecs';
import type { LogLine } from '../../../ports.ts';
import type { ContainerSpec, TaskSpec } from '../../../runtimes/runtime.ts';
import type { Principal, World } from '../../../service.ts';
import { cpuUnits, mebibytes } from '../fargate.ts';
import type { ServiceRevision, Task, TaskDefinition } from '../model.ts';
import { TaskFailure } from './failure.ts';
import { denied, pull } from './pull.ts';

export interface Gathered {
  readonly spec: TaskSpec;
  readonly digests: ReadonlyMap<string, string>;
}

export interface Gathering {
  readonly world: World;
  readonly task: Task;
  readonly definition: TaskDefinition;
  /** The service revision whose digests hold, where the task belongs to a service. */
  readonly revision: ServiceRevision | undefined;
  /** What the agent adds to the environment of each container. */
  agentEnvironment(container: string): Record<string, string>;
  pulling(): void;
}

/** Seconds between SIGTERM and SIGKILL where the task definition says nothing. */
const STOP_TIMEOUT = 30;

export async function gather(gathering: Gathering): Promise<Gathered> {
  const { world, task, definition } = gathering;
  const executionRole = task.overrides.executionRoleArn ?? definition.body.executionRoleArn;
  const as = executionRole ? principalOf(world, executionRole, task) : undefined;
  const containers = definition.body.containerDefinitions;

  const environments = new Map(
    containers.map((container) => [container.name, environmentOf(gathering, container, as)] as const),
  );
  const sinks = new Map(
    containers.map((container) => [container.name, logSink(world, task, container, as)] as const),
  );
  gathering.pulling();
  const specs: ContainerSpec[] = [];
  const digests = new Map<string, string>();
  for (const container of containers) {
    const name = container.name ?? '';
    const unpacked = await pull(world, gathering.revision, container, as);
    digests.set(name, unpacked.digest);
    const override = task.overrides.containerOverrides?.find((one) => one.name === name);
    specs.push({
      name,
      image: container.image ?? '',
      unpacked,
      command: override?.command ?? container.command,
      entryPoint: container.entryPoint,
      environment: environments.get(container.name) ?? {},
      workingDirectory: container.workingDirectory,
      memory: override?.memory ?? container.memory,
      stopTimeout: container.stopTimeout ?? STOP_TIMEOUT,
      ports: (container.portMappings ?? []).map((mapping) => mapping.containerPort ?? 0),
      healthCheck: healthCheckOf(container.healthCheck),
      log: sinks.get(container.name) ?? (() => {}),
    });
  }
  return {
    digests,
    spec: {
      id: task.id,
      family: definition.family,
      memory: mebibytes(task.memory),
      cpu: cpuUnits(task.cpu),
      containers: specs,
    },
  };
}

function principalOf(world: World, role: string, task: Task): Principal {
  try {
    const { accessKeyId } = world.ports.iam.assume(role, task.id);
    const principal = world.ports.iam.principalOf(accessKeyId);
    if (principal && world.ports.iam.trusts(role, 'ecs-tasks.amazonaws.com')) return principal;
  } catch {
    // A role that does not exist and one that does not trust ECS read the same.
  }
  throw new TaskFailure(cannotAssume(role));
}

export function cannotAssume(role: string): string {
  return `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;
}

function environmentOf(
  { world, task, agentEnvironment }: Gathering,
  container: ecs.ContainerDefinition,
  as: Principal | undefined,
): Record<string, string> {
  const override = task.overrides.containerOverrides?.find((one) => one.name === container.name);
  const environment: Record<string, string> = {};
  for (const { name, value } of [...(container.environment ?? []), ...(override?.environment ?? [])]) {
    if (name) environment[name] = value ?? '';
  }
  for (const { name, valueFrom } of container.secrets ?? []) {
    if (name && valueFrom) environment[name] = secret(world, valueFrom, as);
  }
  return { ...agentEnvironment(container.name ?? ''), ...environment };
}

function secret(world: World, valueFrom: string, as: Principal | undefined): string {
  const beginning =
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ';
  if (!valueFrom.startsWith('arn:aws:secretsmanager:')) {
    throw new TaskFailure(
      `${beginning}unable to retrieve secrets from ssm: ${valueFrom}: the embedded AWS has no Parameter Store; name a secret of Secrets Manager instead`,
    );
  }
  // arn:aws:secretsmanager:region:account:secret:NAME, then :KEY:STAGE:VERSION.
  const [arn, key] = [valueFrom.split(':').slice(0, 7).join(':'), valueFrom.split(':')[7]];
  const failed = `${beginning}unable to retrieve secret from asm: service call has been retried 1 time(s): `;
  const refusal = denied(world, as, [{ action: 'secretsmanager:GetSecretValue', resource: arn }]);
  const status = `\n\tstatus code: 400, request id: ${randomUUID()}`;
  if (refusal) {
    throw new TaskFailure(`${failed}failed to fetch secret ${arn} from secrets manager: ${refusal}${status}`);
  }
  const value = world.ports.secrets.value(valueFrom);
  if (value !== undefined) return value;
  if (key && world.ports.secrets.value(arn) !== undefined) {
    throw new TaskFailure(`${failed}retrieved secret from Secrets Manager did not contain json key ${key}`);
  }
  throw new TaskFailure(
    `${failed}failed to fetch secret ${arn} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.${status}`,
  );
}

function logSink(
  world: World,
  task: Task,
  container: ecs.ContainerDefinition,
  as: Principal | undefined,
): (lines: readonly LogLine[]) => void {
  const options = container.logConfiguration?.options;
  const group = options?.['awslogs-group'];
  if (!group) return () => {};
  const stream = `${options['awslogs-stream-prefix'] ?? 'ecs'}/${container.name}/${task.id}`;
  const failed =
    'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ';
  const resource = `arn:aws:logs:${world.region}:${world.account}:log-group:${group}:log-stream:${stream}`;
  const refusal = denied(world, as, [
    { action: 'logs:CreateLogStream', resource },
    { action: 'logs:PutLogEvents', resource },
  ]);
  if (refusal) throw new TaskFailure(`${failed}${refusal} : exit status 1`);
  if (options['awslogs-create-group'] !== 'true' && !world.ports.logs.hasGroup(group)) {
    throw new TaskFailure(
      `${failed}ResourceNotFoundException: The specified log group does not exist. : exit status 1`,
    );
  }
  world.ports.logs.append(group, stream, []);
  return (lines) => world.ports.logs.append(group, stream, lines);
}

function healthCheckOf(check: ecs.HealthCheck | undefined): ContainerSpec['healthCheck'] {
  if (!check || check.command?.[0] === 'NONE') return undefined;
  return {
    command: check.command ?? [],
    interval: check.interval ?? 30,
    timeout: check.timeout ?? 5,
    retries: check.retries ?? 3,
    startPeriod: check.startPeriod ?? 0,
  };
}
