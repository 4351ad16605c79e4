/** Projects and builds, as they are stored. Times are milliseconds since the epoch. */
import type {
  BuildArtifacts,
  EnvironmentVariable,
  LogsConfig,
  ProjectCache,
} from '@aws-sdk/client-codebuild';
import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';

export interface ProjectSource {
  type: 'S3' | 'NO_SOURCE';
  /** `BUCKET/KEY` of a zip or tar archive. */
  location?: string;
  buildspec?: string;
}

export interface ProjectArtifacts {
  type: 'S3' | 'NO_ARTIFACTS';
  location?: string;
  path?: string;
  name?: string;
  namespaceType?: string;
  packaging?: string;
  encryptionDisabled?: boolean;
  overrideArtifactName?: boolean;
}

export interface ProjectEnvironment {
  type: string;
  image: string;
  computeType: string;
  environmentVariables: EnvironmentVariable[];
  privilegedMode: boolean;
  imagePullCredentialsType?: string;
}

export interface Project {
  readonly name: string;
  readonly createdAt: number;
  updatedAt: number;
  description?: string;
  source: ProjectSource;
  sourceVersion?: string;
  artifacts: ProjectArtifacts;
  environment: ProjectEnvironment;
  serviceRole: string;
  timeoutInMinutes: number;
  queuedTimeoutInMinutes: number;
  concurrentBuildLimit?: number;
  cache: ProjectCache;
  logsConfig: LogsConfig;
  encryptionKey?: string;
  tags: Record<string, string>;
  /** Of the next build. */
  nextBuild: number;
}

export type PhaseType =
  | 'SUBMITTED'
  | 'QUEUED'
  | 'PROVISIONING'
  | 'DOWNLOAD_SOURCE'
  | 'INSTALL'
  | 'PRE_BUILD'
  | 'BUILD'
  | 'POST_BUILD'
  | 'UPLOAD_ARTIFACTS'
  | 'FINALIZING'
  | 'COMPLETED';

export type Status = 'SUCCEEDED' | 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'IN_PROGRESS' | 'STOPPED';

export interface Phase {
  readonly phaseType: PhaseType;
  readonly startedAt: number;
  phaseStatus?: Status;
  endedAt?: number;
  contexts: { statusCode: string; message: string }[];
}

export interface Build {
  readonly id: string;
  readonly number: number;
  readonly project: string;
  readonly initiator: string;
  readonly startedAt: number;
  endedAt?: number;
  status: Status;
  phases: Phase[];
  readonly source: ProjectSource;
  readonly sourceVersion?: string;
  resolvedSourceVersion?: string;
  readonly artifacts: ProjectArtifacts;
  uploaded?: BuildArtifacts;
  readonly environment: ProjectEnvironment;
  readonly serviceRole: string;
  readonly timeoutInMinutes: number;
  readonly queuedTimeoutInMinutes: number;
  readonly cache: ProjectCache;
  readonly logsConfig: LogsConfig;
  readonly encryptionKey?: string;
  exported: { name: string; value: string }[];
}

export class Builds {
  readonly world: World;
  readonly projects: Collection<Project>;
  readonly builds: Collection<Build>;
  /** Token → build's id and what it was started with; five minutes long. */
  readonly tokens: Collection<{ id: string; input: string; until: number }>;

  constructor(world: World) {
    const store = world.store('codebuild');
    this.world = world;
    this.projects = store.collection('projects');
    this.builds = store.collection('builds');
    this.tokens = store.collection('tokens');
  }

  projectArn(name: string): string {
    return `arn:aws:codebuild:${this.world.region}:${this.world.account}:project/${name}`;
  }

  arn(build: Pick<Build, 'id'>): string {
    return `arn:aws:codebuild:${this.world.region}:${this.world.account}:build/${build.id}`;
  }

  project(name: string): Project {
    // The ARN is taken wherever the name is.
    const project = this.projects.get(name.replace(/^arn:[^/]*:project\//, ''));
    if (!project) throw notFound(`Project cannot be found: ${this.projectArn(name)}`);
    return project;
  }

  find(id: string): Build | undefined {
    return this.builds.get(id.replace(/^arn:[^/]*:build\//, ''));
  }

  /** Newest first. */
  ofProject(name?: string): Build[] {
    return this.builds
      .values()
      .filter((build) => name === undefined || build.project === name)
      .sort((a, b) => b.startedAt - a.startedAt || b.number - a.number);
  }

  save(build: Build): void {
    this.builds.set(build.id, build);
  }

  isOver(build: Build): boolean {
    return build.endedAt !== undefined;
  }
}

/** Where a build's log goes: the project's group and stream name, or CodeBuild's own. */
export function logPlace(build: Build): { group: string; stream: string } | undefined {
  const { cloudWatchLogs } = build.logsConfig;
  if (cloudWatchLogs?.status === 'DISABLED') return undefined;
  const own = build.id.split(':')[1] ?? build.id;
  const { groupName = `/aws/codebuild/${build.project}`, streamName } = cloudWatchLogs ?? {};
  return { group: groupName, stream: streamName === undefined ? own : `${streamName}/${own}` };
}

export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}

export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInputException', message);
}
