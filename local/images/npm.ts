/**
 * What a build in a clean environment must keep of the user's, or it reaches no registry behind a company's proxy:
 * npm's configuration and cache, proxies and certificates. Nothing else of the user's environment goes in.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

export interface Npm {
  /** The folder of the npm package that the user's `npm` runs; undefined where there is none on the PATH. */
  readonly folder?: string;
  /** The user's and the machine's `.npmrc`, where they exist. */
  readonly userConfig?: string;
  readonly globalConfig?: string;
  readonly cache: string;
  /** Variables to pass on. */
  readonly variables: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PASSED_ON =
  /^(npm_config_(?!prefix$|userconfig$|globalconfig$|cache$|local_prefix$|global_prefix$|noproxy$|node_gyp$).*|https?_proxy|no_proxy|all_proxy|node_extra_ca_certs|ssl_cert_(file|dir))$/i;

export function findNpm(environment: Environment = process.env): Npm {
  const home = environment['HOME'] ?? homedir();
  const command = npmOnPath(environment);
  const userConfig = existing(lower(environment, 'npm_config_userconfig') ?? join(home, '.npmrc'));
  const globalConfig = existing(
    lower(environment, 'npm_config_globalconfig') ??
      (command && join(dirname(dirname(command)), 'etc', 'npmrc')),
  );
  const folder = command ? packageOf(command) : npmElsewhere(environment);
  return {
    cache: lower(environment, 'npm_config_cache') ?? configured(userConfig) ?? join(home, '.npm'),
    variables: {
      ...passedOn(environment),
      ...mentioned([userConfig, globalConfig], environment),
    },
    ...(folder ? { folder } : {}),
    ...(userConfig ? { userConfig } : {}),
    ...(globalConfig ? { globalConfig } : {}),
  };
}

/** npm itself, and not something in front of it: in a build, `npm` is a wrapper of ours. */
function npmOnPath(environment: Environment): string | undefined {
  return foldersOf(environment)
    .map((folder) => join(folder, 'npm'))
    .find((file) => existsSync(file) && packageOf(file) !== undefined);
}

/** Behind a version manager's shim: npm tells where it is to what it starts, and lies beside its Node. */
function npmElsewhere(environment: Environment): string | undefined {
  const { npm_execpath: told } = environment;
  const beside = foldersOf(environment)
    .map((folder) => join(folder, 'node'))
    .filter((file) => existsSync(file))
    .map((file) => join(dirname(dirname(realpathSync(file))), 'lib', 'node_modules', 'npm'));
  const folders = [...(told ? [dirname(dirname(told))] : []), ...beside];
  return folders.find((folder) => existsSync(join(folder, 'bin', 'npm-cli.js')));
}

function packageOf(command: string): string | undefined {
  const folder = dirname(dirname(realpathSync(command)));
  return existsSync(join(folder, 'bin', 'npm-cli.js')) ? folder : undefined;
}

function passedOn(environment: Environment): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && PASSED_ON.test(name)) variables[name] = value;
  }
  return variables;
}

/** An `.npmrc` may name variables (`_authToken=${NPM_TOKEN}`): those belong to it. */
function mentioned(files: readonly (string | undefined)[], environment: Environment): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const file of files) {
    if (!file) continue;
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/\$\{(\w+)[?]?\}/g)) {
      const value = environment[name];
      if (value !== undefined) variables[name] = value;
    }
  }
  return variables;
}

function configured(userConfig: string | undefined): string | undefined {
  if (!userConfig) return undefined;
  return /^\s*cache\s*=\s*(\S+)/m.exec(readFileSync(userConfig, 'utf8'))?.[1];
}

function lower(environment: Environment, name: string): string | undefined {
  return environment[name] ?? environment[name.toUpperCase()];
}

function existing(file: string | undefined): string | undefined {
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** Where the PATH finds a program. */
export function onPath(program: string, environment: Environment = process.env): string | undefined {
  return foldersOf(environment)
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
}

function foldersOf(environment: Environment): string[] {
  return (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}
