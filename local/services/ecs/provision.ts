/**
 * The CloudFormation types of ECS. At each start the template is read again, as an update of the stack would: a
 * resource is touched only where the template's own properties have changed since, so that what deployments have
 * released stays.
 */
import { createHash } from 'node:crypto';
import type * as ecs from '@aws-sdk/client-ecs';
import type { Place, Provisioner } from '../../service.ts';
import { makeCluster, setProviders } from './clusters.ts';
import type { Services } from './service-changes.ts';
import type { State } from './state.ts';
import { register } from './task-definitions.ts';

type Given = Readonly<Record<string, unknown>>;

const CLOUDFORMATION = 'arn:aws:iam::000000000000:root';
const ONE_MACHINE = 'Everything is on this machine: there is nothing to choose.';

export function provisioners(state: State, services: Services): Readonly<Record<string, Provisioner>> {
  return {
    'AWS::ECS::Cluster': {
      honours: [
        'ClusterName',
        'ClusterSettings',
        'CapacityProviders',
        'DefaultCapacityProviderStrategy',
        'Configuration',
        'Tags',
      ],
      ignores: { ServiceConnectDefaults: 'Tasks find each other on this machine.' },
      provision(given, place) {
        const clusterName = String(given['ClusterName'] ?? madeUp(place));
        const { ClusterName: _, ClusterSettings, Tags, ...rest } = given;
        const known = state.clusters.get(state.clusterArn(clusterName));
        const input = {
          ...(camel(rest) as ecs.CreateClusterRequest),
          clusterName,
          ...(ClusterSettings ? { settings: camel(ClusterSettings) as ecs.ClusterSetting[] } : {}),
          tags: tagsOf(Tags),
        };
        const cluster = known?.status === 'ACTIVE' ? known : makeCluster(state, input);
        if (input.settings) cluster.settings = input.settings;
        cluster.tags = input.tags;
        state.clusters.set(cluster.arn, cluster);
        return { ref: cluster.name, attributes: { Arn: cluster.arn } };
      },
    },

    'AWS::ECS::ClusterCapacityProviderAssociations': {
      honours: ['Cluster', 'CapacityProviders', 'DefaultCapacityProviderStrategy'],
      provision(given) {
        const cluster = state.cluster(String(given['Cluster']));
        setProviders(
          state,
          cluster,
          given['CapacityProviders'] as string[],
          camel(given['DefaultCapacityProviderStrategy']) as ecs.CapacityProviderStrategyItem[],
        );
        return { ref: cluster.name };
      },
    },

    'AWS::ECS::TaskDefinition': {
      honours: [
        'Family',
        'ContainerDefinitions',
        'Cpu',
        'Memory',
        'ExecutionRoleArn',
        'TaskRoleArn',
        'NetworkMode',
        'RequiresCompatibilities',
        'RuntimePlatform',
        'Volumes',
        'EphemeralStorage',
        'PidMode',
        'Tags',
      ],
      ignores: { IpcMode: ONE_MACHINE, PlacementConstraints: ONE_MACHINE },
      provision(given, place) {
        const key = `${place.stack}/${place.logicalId}`;
        const hash = hashOf(given);
        const known = state.templates.get(key);
        if (known?.hash === hash && state.taskDefinitions.has(known.ref)) {
          return { ref: known.ref, attributes: { TaskDefinitionArn: known.ref } };
        }
        const { Tags, ...rest } = given;
        const input = camel(rest) as ecs.RegisterTaskDefinitionRequest;
        input.family ??= madeUp(place);
        const tags = tagsOf(Tags);
        const { arn } = register(state, { ...input, ...(tags.length > 0 ? { tags } : {}) }, CLOUDFORMATION);
        state.templates.set(key, { hash, properties: {}, ref: arn });
        return { ref: arn, attributes: { TaskDefinitionArn: arn } };
      },
    },

    'AWS::ECS::Service': {
      honours: [
        'ServiceName',
        'Cluster',
        'TaskDefinition',
        'DesiredCount',
        'LaunchType',
        'CapacityProviderStrategy',
        'PlatformVersion',
        'DeploymentConfiguration',
        'DeploymentController',
        'NetworkConfiguration',
        'LoadBalancers',
        'HealthCheckGracePeriodSeconds',
        'EnableExecuteCommand',
        'EnableECSManagedTags',
        'PropagateTags',
        'SchedulingStrategy',
        'Tags',
      ],
      ignores: {
        AvailabilityZoneRebalancing: ONE_MACHINE,
        PlacementConstraints: ONE_MACHINE,
        PlacementStrategies: ONE_MACHINE,
        Role: 'ECS uses its service-linked role.',
      },
      provision: (given, place) => provisionService(state, services, given, place),
    },
  };
}

function provisionService(state: State, services: Services, given: Given, place: Place) {
  const key = `${place.stack}/${place.logicalId}`;
  const known = state.templates.get(key);
  const name = String(given['ServiceName'] ?? madeUp(place));
  const cluster = given['Cluster'] === undefined ? undefined : String(given['Cluster']);
  const arn = state.serviceArn(cluster, name);
  const existing = state.services.get(arn);
  if (existing?.status !== 'ACTIVE') {
    const input = { ...camelService(given), serviceName: name };
    services.create(input as unknown as ecs.CreateServiceRequest, CLOUDFORMATION);
  } else if (known) {
    // Only what the template changed: the count that autoscaling set and the revision that was released stay.
    const changed = Object.fromEntries(
      Object.entries(given).filter(
        ([property, value]) => hashOf(value) !== hashOf(known.properties[property]),
      ),
    );
    for (const once of ['ServiceName', 'Cluster', 'LaunchType', 'SchedulingStrategy']) delete changed[once];
    if (changed['Tags']) {
      existing.tags = tagsOf(changed['Tags']);
      delete changed['Tags'];
      state.services.set(arn, existing);
    }
    if (Object.keys(changed).length > 0) {
      services.update({ ...camelService(changed), cluster, service: name } as ecs.UpdateServiceRequest);
    }
  }
  state.templates.set(key, { hash: hashOf(given), properties: { ...given }, ref: arn });
  return { ref: arn, attributes: { Name: name, ServiceArn: arn } };
}

function camelService(given: Given): Record<string, unknown> {
  const { Tags, EnableECSManagedTags, ...rest } = given;
  return {
    ...(camel(rest) as Record<string, unknown>),
    ...(Tags ? { tags: tagsOf(Tags) } : {}),
    ...(EnableECSManagedTags === undefined
      ? {}
      : { enableECSManagedTags: EnableECSManagedTags === true || EnableECSManagedTags === 'true' }),
  };
}

/** Keys of these maps are the user's own words. */
const MAPS = ['Options', 'DockerLabels'];
const BOOLEANS = [
  'Essential',
  'Enable',
  'Rollback',
  'EnableExecuteCommand',
  'ReadonlyRootFilesystem',
  'ResetOnHealthyTask',
];
const NUMBERS = [
  'ContainerPort',
  'HostPort',
  'DesiredCount',
  'MaximumPercent',
  'MinimumHealthyPercent',
  'HealthCheckGracePeriodSeconds',
  'Interval',
  'Timeout',
  'Retries',
  'StartPeriod',
  'StopTimeout',
  'BakeTimeInMinutes',
];

/** CloudFormation's names and loose types in the API's: `DeploymentConfiguration` → `deploymentConfiguration`. */
function camel(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => camel(one));
  if (typeof value === 'object' && value !== null) {
    if (MAPS.includes(name)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        (key[0] ?? '').toLowerCase() + key.slice(1),
        camel(inner, key),
      ]),
    );
  }
  if (BOOLEANS.includes(name) && typeof value === 'string') return value === 'true';
  if (NUMBERS.includes(name) && typeof value === 'string') return Number(value);
  return value;
}

function tagsOf(given: unknown): ecs.Tag[] {
  return ((given ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => ({
    key: Key,
    value: Value,
  }));
}

function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex');
}

/** CloudFormation makes up a name where the template gives none. */
function madeUp(place: Place): string {
  const unique = hashOf([place.stack, place.logicalId]).slice(0, 12);
  return `${place.stack}-${place.logicalId}-${unique}`.replace(/[^A-Za-z0-9_-]/g, '-');
}
