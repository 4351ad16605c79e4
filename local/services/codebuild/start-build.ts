/** StartBuild: the project's settings with the caller's overrides become a build. */
import { randomUUID } from 'node:crypto';
import type { StartBuildCommandInput } from '@aws-sdk/client-codebuild';
import { operation } from '../../operation.ts';
import { AwsError, type Operation, type Principal } from '../../service.ts';
import {
  type Build,
  type Builds,
  invalidInput,
  type Project,
  type ProjectArtifacts,
  type ProjectSource,
} from './model.ts';
import type { Queue } from './queue.ts';
import { showBuild } from './show.ts';

const TOKEN_LIFETIME_MS = 5 * 60 * 1000;

export function startBuildOperation(builds: Builds, queue: Queue): Operation {
  const { world } = builds;
  return operation<StartBuildCommandInput, object>(
    'StartBuild',
    [
      'projectName',
      'sourceVersion',
      'artifactsOverride',
      'environmentVariablesOverride',
      'sourceTypeOverride',
      'sourceLocationOverride',
      'buildspecOverride',
      'environmentTypeOverride',
      'imageOverride',
      'computeTypeOverride',
      'cacheOverride',
      'serviceRoleOverride',
      'privilegedModeOverride',
      'timeoutInMinutesOverride',
      'queuedTimeoutInMinutesOverride',
      'encryptionKeyOverride',
      'idempotencyToken',
      'logsConfigOverride',
      'imagePullCredentialsTypeOverride',
    ],
    {
      permissions: (input) => [
        { action: 'codebuild:StartBuild', resource: builds.projectArn(input.projectName ?? '') },
        ...(input.serviceRoleOverride
          ? [
              {
                action: 'iam:PassRole',
                resource: input.serviceRoleOverride,
                context: { 'iam:PassedToService': 'codebuild.amazonaws.com' },
              },
            ]
          : []),
      ],
      run(input, { principal }) {
        const project = builds.project(input.projectName ?? '');
        const repeated = known(builds, input);
        if (repeated) return { build: showBuild(builds, repeated) };
        const limit = project.concurrentBuildLimit;
        const running = builds.ofProject(project.name).filter((build) => !builds.isOver(build)).length;
        if (limit !== undefined && running >= limit) {
          throw new AwsError(
            'AccountLimitExceededException',
            `Cannot have more than ${limit} builds in queue for the project`,
          );
        }
        const build = makeBuild(builds, project, input, initiatorOf(principal));
        project.nextBuild++;
        builds.projects.set(project.name, project);
        builds.save(build);
        if (input.idempotencyToken) {
          const until = world.clock.now() + TOKEN_LIFETIME_MS;
          builds.tokens.set(input.idempotencyToken, { id: build.id, input: inputText(input), until });
        }
        queue.add(build);
        return { build: showBuild(builds, build) };
      },
    },
  );
}

function inputText(input: StartBuildCommandInput): string {
  return JSON.stringify(Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The build that the same token started within the last five minutes. */
function known(builds: Builds, input: StartBuildCommandInput): Build | undefined {
  const now = builds.world.clock.now();
  for (const [token, { until }] of builds.tokens.entries()) if (until <= now) builds.tokens.delete(token);
  const before = builds.tokens.get(input.idempotencyToken ?? '');
  if (!before) return undefined;
  if (before.input !== inputText(input)) {
    throw invalidInput('The idempotencyToken has been used before with other parameters.');
  }
  return builds.find(before.id);
}

function initiatorOf(principal: Principal): string {
  return principal.arn.replace(/^.*:(?:assumed-role\/|user\/)?/, '');
}

function makeBuild(
  builds: Builds,
  project: Project,
  input: StartBuildCommandInput,
  initiator: string,
): Build {
  const source = sourceOf(project, input);
  const artifacts = artifactsOf(project, input);
  const now = builds.world.clock.now();
  const sourceVersion = input.sourceVersion ?? project.sourceVersion;
  const encryptionKey = input.encryptionKeyOverride ?? project.encryptionKey;
  return {
    id: `${project.name}:${randomUUID()}`,
    number: project.nextBuild,
    project: project.name,
    initiator,
    startedAt: now,
    status: 'IN_PROGRESS',
    phases: [
      { phaseType: 'SUBMITTED', startedAt: now, endedAt: now, phaseStatus: 'SUCCEEDED', contexts: [] },
    ],
    source,
    artifacts,
    environment: {
      ...project.environment,
      type: input.environmentTypeOverride ?? project.environment.type,
      image: input.imageOverride ?? project.environment.image,
      computeType: input.computeTypeOverride ?? project.environment.computeType,
      privilegedMode: input.privilegedModeOverride ?? project.environment.privilegedMode,
      environmentVariables: merged(
        project.environment.environmentVariables,
        input.environmentVariablesOverride ?? [],
      ),
    },
    serviceRole: input.serviceRoleOverride ?? project.serviceRole,
    timeoutInMinutes: within(
      'timeoutInMinutesOverride',
      input.timeoutInMinutesOverride ?? project.timeoutInMinutes,
      2160,
    ),
    queuedTimeoutInMinutes: within(
      'queuedTimeoutInMinutesOverride',
      input.queuedTimeoutInMinutesOverride ?? project.queuedTimeoutInMinutes,
      480,
    ),
    cache: input.cacheOverride ?? project.cache,
    logsConfig: input.logsConfigOverride ?? project.logsConfig,
    exported: [],
    ...(sourceVersion === undefined ? {} : { sourceVersion }),
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
  };
}

function within(name: string, value: number, highest: number): number {
  if (value >= 5 && value <= highest) return value;
  throw invalidInput(`Invalid input: ${name} must be between 5 and ${highest} minutes`);
}

function sourceOf(project: Project, input: StartBuildCommandInput): ProjectSource {
  const type = input.sourceTypeOverride ?? project.source.type;
  if (type !== 'S3' && type !== 'NO_SOURCE')
    throw invalidInput(`Source type ${type} is not supported by the embedded AWS; S3 and NO_SOURCE are`);
  const location = input.sourceLocationOverride ?? project.source.location;
  const buildspec = input.buildspecOverride ?? project.source.buildspec;
  if (type === 'S3' && !/^[^/]+\/.+/.test(location ?? '')) {
    throw invalidInput(`Invalid project source: location must be a valid S3 source: ${location}`);
  }
  return {
    type,
    ...(type === 'S3' && location !== undefined ? { location } : {}),
    ...(buildspec === undefined ? {} : { buildspec }),
  };
}

function artifactsOf(project: Project, { artifactsOverride }: StartBuildCommandInput): ProjectArtifacts {
  if (!artifactsOverride) return project.artifacts;
  const { type } = artifactsOverride;
  if (type !== 'S3' && type !== 'NO_ARTIFACTS')
    throw invalidInput(
      `Artifacts type ${type} is not supported by the embedded AWS; S3 and NO_ARTIFACTS are`,
    );
  if (type === 'S3' && !artifactsOverride.location)
    throw invalidInput('Invalid artifacts: location is required');
  return JSON.parse(JSON.stringify(artifactsOverride)) as ProjectArtifacts;
}

type Variables = Project['environment']['environmentVariables'];

/** An override replaces the project's variable of the same name. */
function merged(project: Variables, overrides: Variables): Variables {
  const names = new Set(overrides.map(({ name }) => name));
  return [...project.filter(({ name }) => !names.has(name)), ...overrides];
}
