/** What RegisterTaskDefinition checks, and the defaults that it fills in. */
import type * as ecs from '@aws-sdk/client-ecs';
import { unsupported } from '../../service.ts';
import { cpuUnits, isFargateSize, mebibytes } from './fargate.ts';
import { clientError } from './state.ts';

/** Members of a container that would change what it does, and which no runtime here can honour. */
const REFUSED_OF_CONTAINER = [
  'repositoryCredentials',
  'links',
  'environmentFiles',
  'volumesFrom',
  'dnsServers',
  'dnsSearchDomains',
  'extraHosts',
  'dockerSecurityOptions',
  'resourceRequirements',
  'firelensConfiguration',
  'credentialSpecs',
  'hostname',
] as const;

const REFUSED_OF_VOLUME = [
  'efsVolumeConfiguration',
  'fsxWindowsFileServerVolumeConfiguration',
  's3filesVolumeConfiguration',
  'dockerVolumeConfiguration',
  'configuredAtLaunch',
] as const;

/** Throws ECS's error, or what is not supported here, for the first thing that is wrong. */
export function check(input: ecs.RegisterTaskDefinitionRequest): void {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(input.family ?? ''))
    throw clientError('Family contains invalid characters.');
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) throw clientError('Container list cannot be empty.');
  for (const field of ['inferenceAccelerators', 'proxyConfiguration', 'enableFaultInjection'] as const) {
    if (isGiven(input[field])) throw unsupported('RegisterTaskDefinition', field);
  }
  for (const volume of input.volumes ?? []) {
    for (const field of REFUSED_OF_VOLUME) {
      if (isGiven((volume as Record<string, unknown>)[field])) {
        throw unsupported('RegisterTaskDefinition', `volumes.${field}`);
      }
    }
    if (volume.host?.sourcePath) throw unsupported('RegisterTaskDefinition', 'volumes.host.sourcePath');
  }
  const names = new Set<string>();
  for (const container of containers) {
    checkContainer(container, input);
    if (names.has(container.name ?? ''))
      throw clientError(`Container names should be unique: ${container.name}`);
    names.add(container.name ?? '');
  }
  if (!containers.some((container) => container.essential ?? true)) {
    throw clientError('Task definition must have at least one essential container.');
  }
  checkDependencies(containers);
  if (input.requiresCompatibilities?.includes('FARGATE')) checkFargate(input);
}

function checkContainer(container: ecs.ContainerDefinition, input: ecs.RegisterTaskDefinitionRequest): void {
  const name = container.name ?? '';
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw clientError('Container.name contains invalid characters.');
  if (!container.image) throw clientError('Container.image should not be null or empty.');
  for (const field of REFUSED_OF_CONTAINER) {
    if (isGiven(container[field]))
      throw unsupported('RegisterTaskDefinition', `containerDefinitions.${field}`);
  }
  if (container.privileged) throw clientError('Fargate does not support privileged containers.');
  if (container.restartPolicy?.enabled) {
    throw unsupported('RegisterTaskDefinition', 'containerDefinitions.restartPolicy');
  }
  const driver = container.logConfiguration?.logDriver;
  if (driver && driver !== 'awslogs') {
    throw unsupported('RegisterTaskDefinition', `containerDefinitions.logConfiguration.logDriver ${driver}`);
  }
  if (driver && !container.logConfiguration?.options?.['awslogs-group']) {
    throw clientError('Log driver awslogs requires options: awslogs-group');
  }
  if (
    input.requiresCompatibilities?.includes('FARGATE') &&
    driver &&
    !container.logConfiguration?.options?.['awslogs-stream-prefix']
  ) {
    throw clientError('Log driver awslogs requires options: awslogs-stream-prefix');
  }
  const memory = container.memory ?? container.memoryReservation;
  if (memory === undefined && !input.memory) {
    throw clientError(
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  if (container.stopTimeout !== undefined && (container.stopTimeout < 0 || container.stopTimeout > 120)) {
    throw clientError('Fargate: stopTimeout must be between 0 and 120 seconds.');
  }
  for (const { containerPort, hostPort } of container.portMappings ?? []) {
    if (!containerPort || containerPort > 65_535)
      throw clientError('containerPort must be between 1 and 65535.');
    if (hostPort && hostPort !== containerPort && input.networkMode === 'awsvpc') {
      throw clientError(
        `When networkMode=awsvpc, the host ports and container ports in port mappings must match.`,
      );
    }
  }
  checkHealthCheck(container);
}

function checkHealthCheck({ name, healthCheck }: ecs.ContainerDefinition): void {
  if (!healthCheck) return;
  const [kind, ...rest] = healthCheck.command ?? [];
  if (!['CMD', 'CMD-SHELL', 'NONE'].includes(kind ?? '')) {
    throw clientError(`Health check command of container '${name}' must begin with CMD or CMD-SHELL.`);
  }
  if (kind !== 'NONE' && rest.length === 0) {
    throw clientError(`Health check command of container '${name}' must not be empty.`);
  }
  for (const [field, low, high] of [
    ['interval', 5, 300],
    ['timeout', 2, 120],
    ['retries', 1, 10],
    ['startPeriod', 0, 300],
  ] as const) {
    const value = healthCheck[field];
    if (value !== undefined && (value < low || value > high)) {
      throw clientError(`Health check ${field} of container '${name}' must be between ${low} and ${high}.`);
    }
  }
}

function checkDependencies(containers: readonly ecs.ContainerDefinition[]): void {
  const known = new Map(containers.map((container) => [container.name ?? '', container]));
  const visiting = new Set<string>();
  const visit = (name: string): void => {
    if (visiting.has(name)) throw clientError('Container dependencies must not form a cycle.');
    visiting.add(name);
    for (const { containerName = '', condition } of known.get(name)?.dependsOn ?? []) {
      const other = known.get(containerName);
      if (!other)
        throw clientError(`Container '${name}' depends on container '${containerName}', which is not there.`);
      if (condition === 'HEALTHY' && !other.healthCheck) {
        throw clientError(`Container '${containerName}' has no health check that '${name}' could wait for.`);
      }
      visit(containerName);
    }
    visiting.delete(name);
  };
  for (const name of known.keys()) visit(name);
}

function checkFargate(input: ecs.RegisterTaskDefinitionRequest): void {
  if (input.networkMode !== 'awsvpc') throw clientError("Fargate only supports network mode 'awsvpc'.");
  const cpu = cpuUnits(input.cpu);
  const memory = mebibytes(input.memory);
  if (cpu === undefined) throw clientError("Fargate requires that 'cpu' be defined at the task level.");
  if (memory === undefined) throw clientError("Fargate requires that 'memory' be defined at the task level.");
  if (!isFargateSize(cpu, memory)) {
    throw clientError(
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
  if (input.executionRoleArn) return;
  for (const container of input.containerDefinitions ?? []) {
    const needs = 'Fargate requires task definition to have execution role ARN to support';
    if (container.image?.includes('.dkr.ecr.')) throw clientError(`${needs} ECR images.`);
    if (container.logConfiguration) throw clientError(`${needs} log driver awslogs.`);
    if (container.secrets?.length) throw clientError(`${needs} secrets.`);
  }
}

/** The defaults that DescribeTaskDefinition shows although nobody gave them. */
export function withDefaults(container: ecs.ContainerDefinition, awsvpc: boolean): ecs.ContainerDefinition {
  return {
    ...container,
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      ...mapping,
      ...(awsvpc ? { hostPort: mapping.containerPort } : {}),
      protocol: mapping.protocol ?? 'tcp',
    })),
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(container.healthCheck
      ? {
          healthCheck: {
            ...container.healthCheck,
            interval: container.healthCheck.interval ?? 30,
            timeout: container.healthCheck.timeout ?? 5,
            retries: container.healthCheck.retries ?? 3,
          },
        }
      : {}),
  };
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return Array.isArray(value) ? value.length > 0 : true;
}
