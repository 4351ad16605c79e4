/** Buildspecs, version 0.2. A key that is not known here is an error that names it. */
import { parse } from 'yaml';

export interface BuildspecPhase {
  readonly commands: readonly string[];
  readonly finally: readonly string[];
  readonly onFailure?: 'ABORT' | 'CONTINUE';
}

export interface Buildspec {
  readonly shell: 'sh' | 'bash';
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly exported: readonly string[];
  readonly phases: Readonly<Partial<Record<BuildspecPhaseName, BuildspecPhase>>>;
  readonly artifacts: BuildspecArtifacts;
  readonly cachePaths: readonly string[];
}

export interface BuildspecArtifacts {
  readonly files: readonly string[];
  readonly excluded: readonly string[];
  readonly baseDirectory: string;
  readonly discardPaths: boolean;
  readonly name?: string;
}

export type BuildspecPhaseName = 'install' | 'pre_build' | 'build' | 'post_build';

/** Becomes the context `YAML_FILE_ERROR`. */
export class BuildspecError extends Error {}

type Tree = Readonly<Record<string, unknown>>;

export function parseBuildspec(text: string): Buildspec {
  let tree: unknown;
  try {
    // JSON is YAML too.
    tree = parse(text);
  } catch (error) {
    throw new BuildspecError(`YAML file error: ${(error as Error).message.split('\n')[0]}`);
  }
  const top = only(tree, 'the buildspec', ['version', 'env', 'phases', 'artifacts', 'cache']);
  if (String(top['version']) !== '0.2')
    throw new BuildspecError(`Invalid buildspec version ${top['version']}: 0.2 is supported here`);
  const env = only(top['env'] ?? {}, 'env', ['shell', 'variables', 'secrets-manager', 'exported-variables']);
  const shell = env['shell'] ?? 'sh';
  if (shell !== 'sh' && shell !== 'bash' && shell !== '/bin/sh')
    throw new BuildspecError(`env.shell ${shell}: sh and bash are supported here`);
  const phases = only(top['phases'] ?? {}, 'phases', ['install', 'pre_build', 'build', 'post_build']);
  const cache = only(top['cache'] ?? {}, 'cache', ['paths', 'key', 'fallback-keys', 'action', 'namespace']);
  return {
    shell: shell === 'bash' ? 'bash' : 'sh',
    variables: texts(env['variables'] ?? {}, 'env.variables'),
    secrets: texts(env['secrets-manager'] ?? {}, 'env.secrets-manager'),
    exported: list(env['exported-variables'], 'env.exported-variables'),
    phases: Object.fromEntries(Object.entries(phases).map(([name, phase]) => [name, readPhase(phase, name)])),
    artifacts: readArtifacts(top['artifacts']),
    cachePaths: list(cache['paths'], 'cache.paths'),
  };
}

function readPhase(value: unknown, name: string): BuildspecPhase {
  const phase = only(value, `phases.${name}`, [
    'commands',
    'finally',
    'on-failure',
    'runtime-versions',
    'run-as',
  ]);
  const onFailure = phase['on-failure'];
  if (onFailure !== undefined && onFailure !== 'ABORT' && onFailure !== 'CONTINUE') {
    throw new BuildspecError(`phases.${name}.on-failure ${onFailure}: ABORT and CONTINUE are supported here`);
  }
  if (phase['run-as'] !== undefined) throw new BuildspecError(`phases.${name}.run-as is not supported here`);
  return {
    commands: list(phase['commands'], `phases.${name}.commands`),
    finally: list(phase['finally'], `phases.${name}.finally`),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
}

function readArtifacts(value: unknown): BuildspecArtifacts {
  const artifacts = only(value ?? {}, 'artifacts', [
    'files',
    'base-directory',
    'discard-paths',
    'name',
    'exclude-paths',
  ]);
  return {
    files: list(artifacts['files'], 'artifacts.files'),
    excluded: list(artifacts['exclude-paths'], 'artifacts.exclude-paths'),
    baseDirectory: String(artifacts['base-directory'] ?? '.'),
    discardPaths: /^(?:yes|true)$/.test(String(artifacts['discard-paths'] ?? 'no')),
    ...(artifacts['name'] === undefined ? {} : { name: String(artifacts['name']) }),
  };
}

function only(value: unknown, where: string, keys: readonly string[]): Tree {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BuildspecError(`${where} must be a mapping`);
  }
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw new BuildspecError(`${where}: ${key} is not supported here`);
  }
  return value as Tree;
}

function list(value: unknown, where: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' || typeof item === 'number')) {
    throw new BuildspecError(
      `${where}: expected a list of texts (a colon in a command needs quotes around it)`,
    );
  }
  return value.map(String);
}

function texts(value: unknown, where: string): Record<string, string> {
  const tree = only(value, where, Object.keys((value ?? {}) as object));
  return Object.fromEntries(Object.entries(tree).map(([name, inner]) => [name, String(inner)]));
}
