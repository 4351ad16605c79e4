/** SDK clients of one AWS, each made when it is first asked for: a client takes time to load. */
import { connect, type guarded, PATIENT } from './clients.ts';

export interface ClientOptions {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

interface Opened {
  readonly options: ClientOptions;
}

/** `load` imports the client's package; only who uses a service pays for it. */
function lazily<C extends Parameters<typeof guarded>[0]>(
  cloud: Opened,
  load: () => Promise<new (options: ClientOptions) => C>,
  more: object = {},
): () => Promise<C> {
  let made: Promise<C> | undefined;
  return () => {
    made ??= load().then((Service) => connect(Service, { ...cloud.options, ...more }));
    return made;
  };
}

export function clientsOf(cloud: Opened) {
  // AWS serves live tail under a host name with a prefix, which a custom endpoint has not.
  const noPrefix = cloud.options.endpoint ? { disableHostPrefix: true } : {};
  return {
    ecs: lazily(cloud, async () => (await import('@aws-sdk/client-ecs')).ECSClient),
    codebuild: lazily(cloud, async () => (await import('@aws-sdk/client-codebuild')).CodeBuildClient),
    ecr: lazily(cloud, async () => (await import('@aws-sdk/client-ecr')).ECRClient),
    elb: lazily(
      cloud,
      async () => (await import('@aws-sdk/client-elastic-load-balancing-v2')).ElasticLoadBalancingV2Client,
    ),
    scaling: lazily(
      cloud,
      async () => (await import('@aws-sdk/client-application-auto-scaling')).ApplicationAutoScalingClient,
    ),
    cloudwatch: lazily(cloud, async () => (await import('@aws-sdk/client-cloudwatch')).CloudWatchClient),
    logs: lazily(
      cloud,
      async () => (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient,
      noPrefix,
    ),
    secrets: lazily(
      cloud,
      async () => (await import('@aws-sdk/client-secrets-manager')).SecretsManagerClient,
    ),
    rds: lazily(cloud, async () => (await import('@aws-sdk/client-rds')).RDSClient),
    iam: lazily(cloud, async () => (await import('@aws-sdk/client-iam')).IAMClient),
    scheduler: lazily(cloud, async () => (await import('@aws-sdk/client-scheduler')).SchedulerClient),
    s3: lazily(cloud, async () => (await import('@aws-sdk/client-s3')).S3Client, {
      forcePathStyle: cloud.options.endpoint !== undefined,
    }),
    /** Waits as long as the function that it calls takes. */
    lambda: lazily(cloud, async () => (await import('@aws-sdk/client-lambda')).LambdaClient, PATIENT),
  };
}

export type Clients = ReturnType<typeof clientsOf>;
