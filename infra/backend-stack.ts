/** A ready target for those who have none: network, load balancer, ECS service on Fargate, repository, database. */
import { Fn, Stack } from 'aws-cdk-lib';
import { Cluster, ContainerInsights, type ICluster } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { Monitoring } from './backend/monitoring.ts';
import { Network } from './backend/network.ts';
import { BackendService } from './backend/service.ts';
import type { EnvironmentStackProps } from './deployer-stack.ts';
import { retentionOf } from './retention.ts';

export class BackendStack extends Stack {
  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    super(scope, id, props);
    const { environmentName, environment } = props;
    const { vpc } = new Network(this, 'Network', {
      environmentName,
      natGateways: environment.stack.natGateways,
      retention: retentionOf(environment),
    });
    const clusters = new Map<string, ICluster>();
    for (const [name, service] of Object.entries(environment.services)) {
      const cluster =
        clusters.get(service.cluster) ??
        (new Cluster(this, `Cluster-${service.cluster}`, {
          clusterName: service.cluster,
          vpc,
          containerInsightsV2: ContainerInsights.ENABLED,
        }) as ICluster);
      clusters.set(service.cluster, cluster);
      const backend = new BackendService(this, name, {
        environmentName,
        environment,
        name,
        service,
        vpc,
        cluster,
      });
      new Monitoring(this, `${name}-monitoring`, {
        environmentName,
        name,
        backend,
        memory: environment.resources.memory,
      });
    }
  }

  /** The first two zones, whichever they are: with a known account the CDK would ask AWS for their names. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }
}
