/** Projects and builds in the shape of the API. */
import type { Build as ApiBuild, Project as ApiProject, BuildPhase } from '@aws-sdk/client-codebuild';
import { type Build, type Builds, logPlace, type Phase, type Project } from './model.ts';

export function showProject(builds: Builds, project: Project): ApiProject {
  return {
    name: project.name,
    arn: builds.projectArn(project.name),
    description: project.description,
    source: { ...project.source, insecureSsl: false },
    sourceVersion: project.sourceVersion,
    secondarySources: [],
    secondarySourceVersions: [],
    artifacts: project.artifacts as ApiProject['artifacts'],
    secondaryArtifacts: [],
    cache: project.cache,
    environment: project.environment as ApiProject['environment'],
    serviceRole: project.serviceRole,
    timeoutInMinutes: project.timeoutInMinutes,
    queuedTimeoutInMinutes: project.queuedTimeoutInMinutes,
    encryptionKey:
      project.encryptionKey ?? `arn:aws:kms:${builds.world.region}:${builds.world.account}:alias/aws/s3`,
    tags: Object.entries(project.tags).map(([key, value]) => ({ key, value })),
    created: new Date(project.createdAt),
    lastModified: new Date(project.updatedAt),
    badge: { badgeEnabled: false },
    logsConfig: project.logsConfig,
    concurrentBuildLimit: project.concurrentBuildLimit,
  };
}

export function showBuild(builds: Builds, build: Build): ApiBuild {
  const { world } = builds;
  const place = logPlace(build);
  const current = build.phases.at(-1);
  return {
    id: build.id,
    arn: builds.arn(build),
    buildNumber: build.number,
    startTime: new Date(build.startedAt),
    endTime: build.endedAt === undefined ? undefined : new Date(build.endedAt),
    currentPhase: current?.phaseType,
    buildStatus: build.status,
    sourceVersion: build.sourceVersion,
    resolvedSourceVersion: build.resolvedSourceVersion,
    projectName: build.project,
    phases: build.phases.map(showPhase),
    source: { ...build.source, insecureSsl: false },
    secondarySources: [],
    secondarySourceVersions: [],
    artifacts: build.uploaded ?? { location: '' },
    secondaryArtifacts: [],
    cache: build.cache,
    environment: build.environment as ApiBuild['environment'],
    serviceRole: build.serviceRole,
    logs: {
      groupName: place?.group,
      streamName: place?.stream,
      cloudWatchLogs: build.logsConfig.cloudWatchLogs ?? { status: 'ENABLED' },
      cloudWatchLogsArn:
        place &&
        `arn:aws:logs:${world.region}:${world.account}:log-group:${place.group}:log-stream:${place.stream}`,
      s3Logs: { status: 'DISABLED', encryptionDisabled: false },
    },
    timeoutInMinutes: build.timeoutInMinutes,
    queuedTimeoutInMinutes: build.queuedTimeoutInMinutes,
    buildComplete: builds.isOver(build),
    initiator: build.initiator,
    encryptionKey: build.encryptionKey ?? `arn:aws:kms:${world.region}:${world.account}:alias/aws/s3`,
    exportedEnvironmentVariables: build.exported,
  };
}

function showPhase(phase: Phase): BuildPhase {
  return {
    phaseType: phase.phaseType,
    phaseStatus: phase.phaseStatus,
    startTime: new Date(phase.startedAt),
    endTime: phase.endedAt === undefined ? undefined : new Date(phase.endedAt),
    durationInSeconds: phase.endedAt === undefined ? undefined : seconds(phase),
    contexts:
      phase.contexts.length > 0
        ? phase.contexts
        : phase.endedAt === undefined
          ? undefined
          : [{ statusCode: '', message: '' }],
  };
}

export function seconds(span: { startedAt: number; endedAt?: number }): number {
  return Math.round(((span.endedAt ?? span.startedAt) - span.startedAt) / 1000);
}
