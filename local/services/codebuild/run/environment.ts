/** The environment of a build's commands: nothing of ours but what a build needs, see images/npm.ts. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imagesHome } from '../../../images/home.ts';
import { findNpm } from '../../../images/npm.ts';
import { nodeBinary, PRISMA_ENGINE, PROJECT } from '../../../images/run/tools.ts';
import type { PreparedBuild } from './runtime.ts';

const STAND_INS = fileURLToPath(new URL('../../../images/docker/', import.meta.url));
const NPM = fileURLToPath(new URL('../bin/npm', import.meta.url));

/** A folder with `docker`, `aws` and `npm` for this build. With LOCKSTEP_DOCKER=engine, the machine's own docker is left. */
export function makeBin(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const names = process.env['LOCKSTEP_DOCKER'] === 'engine' ? ['aws'] : ['docker', 'aws'];
  for (const name of names) symlinkSync(join(STAND_INS, name), join(bin, name));
  symlinkSync(NPM, join(bin, 'npm'));
  return bin;
}

export function buildEnvironment(
  prepared: PreparedBuild,
  folder: string,
  bin: string,
  specified: Readonly<Record<string, string>>,
): Record<string, string> {
  const { world, build, credentials, variables } = prepared;
  const npm = findNpm();
  return {
    ...npm.variables,
    PATH: [bin, dirname(nodeBinary()), ...machinePath()].join(delimiter),
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    LANG: 'C.UTF-8',
    npm_config_cache: npm.cache,
    // For builds of images, which look for npm from inside this environment.
    ...(npm.folder ? { npm_execpath: join(npm.folder, 'bin', 'npm-cli.js') } : {}),
    npm_config_update_notifier: 'false',
    ...(npm.userConfig ? { npm_config_userconfig: npm.userConfig } : {}),
    ...(npm.globalConfig ? { npm_config_globalconfig: npm.globalConfig } : {}),
    PRISMA_SCHEMA_ENGINE_BINARY: join(PROJECT, PRISMA_ENGINE),
    CHECKPOINT_DISABLE: '1',
    LOCKSTEP_BUILD_CACHE: imagesHome(world.folder),
    NODE_COMPILE_CACHE: join(imagesHome(world.folder), 'compile-cache'),
    DOCKER_CONFIG: join(folder, 'home', '.docker'),

    AWS_ENDPOINT_URL: world.endpoint,
    AWS_REGION: world.region,
    AWS_DEFAULT_REGION: world.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_EC2_METADATA_DISABLED: 'true',

    CI: 'true',
    CODEBUILD_CI: 'true',
    CODEBUILD_BUILD_ARN: `arn:aws:codebuild:${world.region}:${world.account}:build/${build.id}`,
    CODEBUILD_BUILD_ID: build.id,
    CODEBUILD_BUILD_IMAGE: build.environment.image,
    CODEBUILD_BUILD_NUMBER: String(build.number),
    CODEBUILD_BUILD_SUCCEEDING: '1',
    CODEBUILD_INITIATOR: build.initiator,
    CODEBUILD_LOG_PATH: build.id.split(':')[1] ?? '',
    CODEBUILD_RESOLVED_SOURCE_VERSION: build.resolvedSourceVersion ?? '',
    CODEBUILD_SOURCE_REPO_URL: build.source.location ?? '',
    CODEBUILD_SOURCE_VERSION:
      build.sourceVersion ?? (build.source.location ? `arn:aws:s3:::${build.source.location}` : ''),
    CODEBUILD_SRC_DIR: join(folder, 'src'),
    CODEBUILD_START_TIME: String(build.startedAt),
    ...specified,
    ...variables,
  };
}

/** The machine's PATH without what npm put in front of it for Lockstep itself. */
function machinePath(): string[] {
  const own = join(PROJECT, 'node_modules') + sep;
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !`${folder}${sep}`.startsWith(own));
}
