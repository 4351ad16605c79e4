/** AWS::CodeBuild::Project. */
import type { EnvironmentVariable, LogsConfig, ProjectCache } from '@aws-sdk/client-codebuild';
import { physicalName } from '../../provision/names.ts';
import { type Provisioner, unsupported } from '../../service.ts';
import type { Builds, Project, ProjectArtifacts, ProjectSource } from './model.ts';

interface Properties {
  readonly Name?: string;
  readonly Description?: string;
  readonly ServiceRole: string;
  readonly Source: { readonly Type: string; readonly Location?: string; readonly BuildSpec?: string };
  readonly SourceVersion?: string;
  readonly Artifacts: Readonly<Record<string, unknown>> & { readonly Type: string };
  readonly Environment: {
    readonly Type: string;
    readonly Image: string;
    readonly ComputeType: string;
    readonly PrivilegedMode?: boolean | string;
    readonly ImagePullCredentialsType?: string;
    readonly EnvironmentVariables?: readonly {
      Name: string;
      Value: string;
      Type?: EnvironmentVariable['type'];
    }[];
  };
  readonly TimeoutInMinutes?: number;
  readonly QueuedTimeoutInMinutes?: number;
  readonly ConcurrentBuildLimit?: number;
  readonly Cache?: Readonly<Record<string, unknown>>;
  readonly LogsConfig?: Readonly<Record<string, unknown>>;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

const TYPE = 'AWS::CodeBuild::Project';

export function codebuildProvisioners(builds: Builds): Record<string, Provisioner> {
  return {
    [TYPE]: {
      honours: [
        'Name',
        'Description',
        'ServiceRole',
        'Source',
        'SourceVersion',
        'Artifacts',
        'Environment',
        'TimeoutInMinutes',
        'QueuedTimeoutInMinutes',
        'ConcurrentBuildLimit',
        'LogsConfig',
        'Tags',
        'Cache',
      ],
      ignores: {
        EncryptionKey: 'Artifacts lie unencrypted in the folder of the embedded AWS.',
        VpcConfig: 'There is one loopback network.',
        Visibility: 'Builds of the embedded AWS are shown to this machine only.',
        BadgeEnabled: 'Badges are for public pages.',
        AutoRetryLimit: 'A failed build is not started again by itself.',
      },
      provision(given, place) {
        const properties = given as unknown as Properties;
        const name = properties.Name ?? physicalName(place, 150);
        const before = builds.projects.get(name);
        const now = builds.world.clock.now();
        builds.projects.set(name, {
          ...projectOf(name, properties),
          createdAt: before?.createdAt ?? now,
          updatedAt: now,
          nextBuild: before?.nextBuild ?? 1,
        });
        return { ref: name, attributes: { Arn: builds.projectArn(name) } };
      },
    },
  };
}

function projectOf(
  name: string,
  properties: Properties,
): Omit<Project, 'createdAt' | 'updatedAt' | 'nextBuild'> {
  const { Source: source, Artifacts: artifacts, Environment: environment } = properties;
  if (source.Type !== 'S3' && source.Type !== 'NO_SOURCE')
    throw unsupported(TYPE, `Source.Type ${source.Type}`, 'S3 and NO_SOURCE are.');
  if (artifacts.Type !== 'S3' && artifacts.Type !== 'NO_ARTIFACTS') {
    throw unsupported(TYPE, `Artifacts.Type ${artifacts.Type}`, 'S3 and NO_ARTIFACTS are.');
  }
  return {
    name,
    source: {
      type: source.Type,
      ...(source.Location === undefined ? {} : { location: source.Location }),
      ...(source.BuildSpec === undefined ? {} : { buildspec: source.BuildSpec }),
    } satisfies ProjectSource,
    artifacts: camel(artifacts) as unknown as ProjectArtifacts,
    environment: {
      type: environment.Type,
      image: environment.Image,
      computeType: environment.ComputeType,
      privilegedMode: String(environment.PrivilegedMode ?? false) === 'true',
      environmentVariables: (environment.EnvironmentVariables ?? []).map(({ Name, Value, Type }) => ({
        name: Name,
        value: String(Value),
        type: Type ?? 'PLAINTEXT',
      })),
      ...(environment.ImagePullCredentialsType === undefined
        ? {}
        : { imagePullCredentialsType: environment.ImagePullCredentialsType }),
    },
    serviceRole: properties.ServiceRole,
    timeoutInMinutes: Number(properties.TimeoutInMinutes ?? 60),
    queuedTimeoutInMinutes: Number(properties.QueuedTimeoutInMinutes ?? 480),
    cache: camel(properties.Cache ?? { Type: 'NO_CACHE' }) as unknown as ProjectCache,
    logsConfig: camel(properties.LogsConfig ?? {}) as LogsConfig,
    tags: Object.fromEntries((properties.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    ...(properties.Description === undefined ? {} : { description: properties.Description }),
    ...(properties.SourceVersion === undefined ? {} : { sourceVersion: properties.SourceVersion }),
    ...(properties.ConcurrentBuildLimit === undefined
      ? {}
      : { concurrentBuildLimit: Number(properties.ConcurrentBuildLimit) }),
  };
}

/** CloudFormation writes `GroupName` where the API has `groupName`. */
function camel(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      // `CloudWatchLogs` is `cloudWatchLogs`, `S3Logs` is `s3Logs`.
      name.charAt(0).toLowerCase() + name.slice(1),
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? camel(inner as Record<string, unknown>)
        : inner,
    ]),
  );
}
