/** Clusters: names that services and tasks are grouped under. Their capacity is this machine. */
import type * as ecs from '@aws-sdk/client-ecs';
import { operation } from '../../operation.ts';
import { AwsError, unsupported } from '../../service.ts';
import { arn } from './arns.ts';
import type { Cluster } from './model.ts';
import { showCluster } from './show.ts';
import { invalid, paged, type State } from './state.ts';
import { tagging } from './task-definitions.ts';

const PROVIDERS = ['FARGATE', 'FARGATE_SPOT'];

export function makeCluster(state: State, input: ecs.CreateClusterRequest): Cluster {
  const name = input.clusterName ?? 'default';
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalid('Cluster name contains invalid characters.');
  const cluster: Cluster = {
    arn: arn(state.world, `cluster/${name}`),
    name,
    status: 'ACTIVE',
    settings: input.settings ?? [{ name: 'containerInsights', value: 'disabled' }],
    configuration: input.configuration,
    capacityProviders: providers(input.capacityProviders),
    defaultCapacityProviderStrategy: input.defaultCapacityProviderStrategy ?? [],
    tags: input.tags ?? [],
  };
  state.clusters.set(cluster.arn, cluster);
  return cluster;
}

export function setProviders(
  state: State,
  cluster: Cluster,
  names: readonly string[] | undefined,
  strategy: readonly ecs.CapacityProviderStrategyItem[] | undefined,
): void {
  cluster.capacityProviders = providers(names);
  cluster.defaultCapacityProviderStrategy = [...(strategy ?? [])];
  state.clusters.set(cluster.arn, cluster);
}

function providers(names: readonly string[] | undefined): string[] {
  for (const name of names ?? []) {
    if (!PROVIDERS.includes(name)) throw unsupported('CreateCluster', `capacityProviders ${name}`);
  }
  return [...(names ?? [])];
}

export function clusterOperations(state: State) {
  const onCluster = (action: string) => (input: { cluster?: string | undefined }) => [
    { action: `ecs:${action}`, resource: state.clusterArn(input.cluster) },
  ];

  return {
    CreateCluster: operation<ecs.CreateClusterRequest, ecs.CreateClusterResponse>(
      'CreateCluster',
      [
        'clusterName',
        'tags',
        'settings',
        'configuration',
        'capacityProviders',
        'defaultCapacityProviderStrategy',
      ],
      {
        permissions: (input) => [
          { action: 'ecs:CreateCluster', resource: '*' },
          ...tagging(input.tags, arn(state.world, `cluster/${input.clusterName ?? 'default'}`)),
        ],
        run(input) {
          const known = state.clusters.get(state.clusterArn(input.clusterName));
          const cluster = known?.status === 'ACTIVE' ? known : makeCluster(state, input);
          return { cluster: showCluster(cluster, state) };
        },
      },
    ),

    DescribeClusters: operation<ecs.DescribeClustersRequest, ecs.DescribeClustersResponse>(
      'DescribeClusters',
      ['clusters', 'include'],
      {
        permissions: (input) =>
          (input.clusters ?? ['default']).map((one) => ({
            action: 'ecs:DescribeClusters',
            resource: state.clusterArn(one),
          })),
        run(input) {
          const asked = (input.clusters ?? ['default']).map((one) => state.clusterArn(one));
          const found = asked.flatMap((one) => state.clusters.get(one) ?? []);
          return {
            clusters: found.map((cluster) => {
              const { tags, settings, configuration, ...shown } = showCluster(cluster, state);
              return {
                ...shown,
                tags: input.include?.includes('TAGS') ? tags : [],
                settings: input.include?.includes('SETTINGS') ? settings : [],
                ...(input.include?.includes('CONFIGURATIONS') ? { configuration } : {}),
              };
            }),
            failures: asked
              .filter((one) => !state.clusters.has(one))
              .map((one) => ({ arn: one, reason: 'MISSING' })),
          };
        },
      },
    ),

    ListClusters: operation<ecs.ListClustersRequest, ecs.ListClustersResponse>(
      'ListClusters',
      ['nextToken', 'maxResults'],
      {
        permissions: () => [{ action: 'ecs:ListClusters', resource: '*' }],
        run(input) {
          const active = state.clusters.values().filter((cluster) => cluster.status === 'ACTIVE');
          const { page, nextToken } = paged(active, input);
          return { clusterArns: page.map((cluster) => cluster.arn), nextToken };
        },
      },
    ),

    UpdateCluster: operation<ecs.UpdateClusterRequest, ecs.UpdateClusterResponse>(
      'UpdateCluster',
      ['cluster', 'settings', 'configuration'],
      {
        permissions: onCluster('UpdateCluster'),
        run(input) {
          const cluster = state.cluster(input.cluster);
          cluster.settings = input.settings ?? cluster.settings;
          cluster.configuration = input.configuration ?? cluster.configuration;
          state.clusters.set(cluster.arn, cluster);
          return { cluster: showCluster(cluster, state) };
        },
      },
    ),

    UpdateClusterSettings: operation<ecs.UpdateClusterSettingsRequest, ecs.UpdateClusterSettingsResponse>(
      'UpdateClusterSettings',
      ['cluster', 'settings'],
      {
        permissions: onCluster('UpdateClusterSettings'),
        run(input) {
          const cluster = state.cluster(input.cluster);
          cluster.settings = input.settings ?? [];
          state.clusters.set(cluster.arn, cluster);
          return { cluster: showCluster(cluster, state) };
        },
      },
    ),

    PutClusterCapacityProviders: operation<
      ecs.PutClusterCapacityProvidersRequest,
      ecs.PutClusterCapacityProvidersResponse
    >('PutClusterCapacityProviders', ['cluster', 'capacityProviders', 'defaultCapacityProviderStrategy'], {
      permissions: onCluster('PutClusterCapacityProviders'),
      run(input) {
        const cluster = state.cluster(input.cluster);
        setProviders(state, cluster, input.capacityProviders, input.defaultCapacityProviderStrategy);
        return { cluster: showCluster(cluster, state) };
      },
    }),

    DeleteCluster: operation<ecs.DeleteClusterRequest, ecs.DeleteClusterResponse>(
      'DeleteCluster',
      ['cluster'],
      {
        permissions: onCluster('DeleteCluster'),
        run(input) {
          const cluster = state.cluster(input.cluster);
          if (
            state.services.values().some((one) => one.clusterArn === cluster.arn && one.status !== 'INACTIVE')
          ) {
            throw new AwsError(
              'ClusterContainsServicesException',
              'The Cluster cannot be deleted while Services are active.',
            );
          }
          if (
            state.tasksOf((task) => task.clusterArn === cluster.arn && task.lastStatus !== 'STOPPED').length >
            0
          ) {
            throw new AwsError(
              'ClusterContainsTasksException',
              'The Cluster cannot be deleted while Tasks are active.',
            );
          }
          cluster.status = 'INACTIVE';
          state.clusters.set(cluster.arn, cluster);
          return { cluster: showCluster(cluster, state) };
        },
      },
    ),
  };
}
