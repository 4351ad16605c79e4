/** Reads what an environment file needs to know from an ECS service that runs already. */
import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describeService, describeTaskDefinition } from '../aws/ecs.ts';
import type { ClientOptions } from '../aws/lazy-clients.ts';
import { clientsOf } from '../aws/lazy-clients.ts';
import { streamOf } from '../aws/logs.ts';
import { scalingOf } from '../aws/scaling.ts';
import { LockstepError } from '../core/errors.ts';
import type { Adopted } from '../core/init.ts';
import { secretOf } from '../core/verify.ts';

export interface Named {
  readonly cluster: string;
  readonly ecsService: string;
  readonly service: string;
  /** The container that gets the image; the only one, or the one named like the service, where it is left out. */
  readonly container: string | undefined;
}

export async function adopt(options: ClientOptions, named: Named): Promise<Adopted> {
  const clients = clientsOf({ options });
  const ecs = await clients.ecs();
  const found = await describeService(ecs, named);
  const { ecsService, cluster, service } = named;
  const current = found?.taskDefinition ? await describeTaskDefinition(ecs, found.taskDefinition) : undefined;
  if (!found || !current) throw new LockstepError('ServiceNotFound', { service: ecsService, cluster });
  const { definition } = current;
  const containers = definition.containerDefinitions ?? [];
  const wanted = named.container ?? (containers.length === 1 ? containers[0]?.name : service);
  const container = containers.find(({ name }) => name === wanted);
  if (!container)
    throw new LockstepError('ContainerUnknown', {
      revision: `${definition.family}:${definition.revision}`,
      container: wanted ?? '',
      known: containers.map(({ name }) => name).join(', '),
    });
  const balancer = found.loadBalancers?.find(({ containerName }) => containerName === container.name);
  const network = found.networkConfiguration?.awsvpcConfiguration;
  // As one URL, or in the parts that PostgreSQL's own libraries read.
  const url = container.secrets?.find(({ name = '' }) =>
    /^(DATABASE_|PG|POSTGRES_|DB_)/.test(name),
  )?.valueFrom;
  const secret = url === undefined ? undefined : secretOf(url);
  const groups = balancer?.targetGroupArn ? [balancer.targetGroupArn] : [];
  const { TargetGroups = [] } =
    groups.length > 0
      ? await (await clients.elb()).send(new DescribeTargetGroupsCommand({ TargetGroupArns: groups }))
      : {};
  return {
    region: options.region,
    service,
    cluster,
    ecsService,
    container: container.name ?? service,
    port: balancer?.containerPort ?? container.portMappings?.[0]?.containerPort ?? 4000,
    cpu: Number(definition.cpu ?? 256),
    memory: Number(definition.memory ?? 512),
    repository:
      /\.amazonaws\.com\/([^:@]+)|^[^/]+:\d+\/([^:@]+)/
        .exec(container.image ?? '')
        ?.slice(1)
        .find(Boolean) ?? null,
    logGroup: streamOf(container, '/')?.group ?? null,
    scaling: await scalingOf(await clients.scaling(), named),
    desired: found.desiredCount ?? 1,
    roles: [definition.taskRoleArn, definition.executionRoleArn].filter((arn) => arn !== undefined),
    healthPath: TargetGroups[0]?.HealthCheckPath ?? null,
    databaseSecret: secret?.kind === 'secret' ? secret.resource : null,
    subnets: network?.subnets ?? [],
    securityGroups: network?.securityGroups ?? [],
  };
}
