/**
 * `docker` for builds without a Docker engine: build, tag, push, login and inspect, with Docker's words and exit codes.
 * Images are kept in the folder LOCKSTEP_BUILD_CACHE, who has signed in where in DOCKER_CONFIG, as with Docker.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Cache } from '../cache.ts';
import { push, signIn } from '../registry-client.ts';
import { runBuild } from './build-command.ts';
import {
  credentials,
  type Docker,
  DockerError,
  fullName,
  readConfig,
  saveConfig,
  splitName,
} from './docker.ts';
import { inspect } from './inspect.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Command = (docker: Docker, args: readonly string[]) => Promise<void> | void;

export async function main(args: readonly string[], environment: Environment): Promise<number> {
  const home = environment['LOCKSTEP_BUILD_CACHE'];
  const docker: Docker = {
    cache: () => {
      if (!home)
        throw new DockerError('LOCKSTEP_BUILD_CACHE is not set: it names the folder that images are kept in');
      return new Cache(home);
    },
    config: join(
      environment['DOCKER_CONFIG'] ?? join(environment['HOME'] ?? homedir(), '.docker'),
      'config.json',
    ),
    out: (line) => void process.stdout.write(`${line}\n`),
    say: (line) => void process.stderr.write(`${line}\n`),
  };
  try {
    const { command, rest } = find(args);
    await command(docker, rest);
    return 0;
  } catch (error) {
    const failure = error as Error & { exitCode?: number };
    process.stderr.write(`ERROR: ${failure.message}\n`);
    return failure.exitCode ?? 1;
  }
}

const COMMANDS: Readonly<Record<string, Command>> = {
  build: (docker, args) => runBuild(docker, args, push),
  'buildx build': (docker, args) => runBuild(docker, args, push),
  'image build': (docker, args) => runBuild(docker, args, push),
  tag,
  'image tag': tag,
  push: pushImage,
  'image push': pushImage,
  login,
  logout,
  inspect,
  'image inspect': inspect,
  version,
  '--version': version,
  'buildx version': version,
};

function find(args: readonly string[]): { command: Command; rest: readonly string[] } {
  for (const count of [2, 1]) {
    const command = COMMANDS[args.slice(0, count).join(' ')];
    if (command) return { command, rest: args.slice(count) };
  }
  throw new DockerError(
    `\`docker ${args.slice(0, 2).join(' ')}\` is not supported: there is no Docker engine here, only ${Object.keys(COMMANDS).slice(0, 11).join(', ')}`,
    125,
  );
}

function version(docker: Docker, args: readonly string[]): void {
  if (args.length > 0 && !args[0]?.startsWith('--'))
    throw new DockerError(`docker version ${args[0]}: not supported`, 125);
  docker.out('Docker stand-in of Lockstep (no engine; builds OCI images from Dockerfiles)');
}

function tag(docker: Docker, [source, target]: readonly string[]): void {
  if (!source || !target) throw new DockerError('"docker tag" requires 2 arguments.');
  const cache = docker.cache();
  const image = cache.reference(fullName(source));
  if (!image) throw new DockerError(`Error response from daemon: No such image: ${fullName(source)}`);
  cache.setReference({ ...image, name: fullName(target) });
}

async function pushImage(docker: Docker, args: readonly string[]): Promise<void> {
  const [name, ...more] = args.filter((word) => word !== '--quiet' && word !== '-q');
  if (!name || more.length > 0)
    throw new DockerError(`docker push ${args.join(' ')}: expected the name of one image`);
  const cache = docker.cache();
  const image = cache.reference(fullName(name));
  if (!image) throw new DockerError(`An image does not exist locally with the tag: ${name}`);
  const { host, repository, tag: wanted } = splitName(fullName(name));
  docker.out(`The push refers to repository [${host}/${repository}]`);
  await push(
    cache,
    image.digest,
    { host, repository, tag: wanted, credentials: credentials(docker, host) },
    docker.out,
  );
  const pushed = `${host}/${repository}@${image.digest}`;
  cache.setReference({ ...image, pushed: [...new Set([...image.pushed, pushed])] });
}

async function login(docker: Docker, args: readonly string[]): Promise<void> {
  const { options, words } = loginOptions(args);
  const host = words[0]?.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const user = options.get('username');
  if (!host || !user) throw new DockerError('docker login: --username and the registry are needed here');
  // Throws for a registry that is not ours, before anything is sent to it.
  splitName(`${host}/x`);
  const password = options.has('password-stdin')
    ? (await text(process.stdin)).replace(/\r?\n$/, '')
    : options.get('password');
  if (!password) throw new DockerError('docker login: the password is empty; give it with --password-stdin');
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  if (!(await signIn(host, auth)))
    throw new DockerError(
      `Error response from daemon: login attempt to http://${host}/v2/ failed with status: 401 Unauthorized`,
    );
  saveConfig(docker, { ...readConfig(docker), auths: { ...readConfig(docker).auths, [host]: { auth } } });
  docker.out('Login Succeeded');
}

function logout(docker: Docker, [host = '']: readonly string[]): void {
  const config = readConfig(docker);
  delete config.auths?.[host];
  saveConfig(docker, config);
  docker.out(`Removing login credentials for ${host}`);
}

function loginOptions(args: readonly string[]): { options: Map<string, string>; words: string[] } {
  const options = new Map<string, string>();
  const words: string[] = [];
  const names: Readonly<Record<string, string>> = {
    '-u': 'username',
    '--username': 'username',
    '-p': 'password',
    '--password': 'password',
  };
  for (let at = 0; at < args.length; at++) {
    const [word = '', inline] = (args[at] as string).split(/=(.*)/s);
    const name = names[word];
    if (word === '--password-stdin') options.set('password-stdin', 'true');
    else if (name) options.set(name, inline ?? args[++at] ?? '');
    else if (word.startsWith('-')) throw new DockerError(`docker login: ${word} is not supported here`, 125);
    else words.push(word);
  }
  return { options, words };
}
