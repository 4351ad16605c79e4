/** What a container runs and with which environment, as Docker would put both together. */
import { posix } from 'node:path';
import { SYSTEM_PATH } from '../../images/run/process.ts';
import { CannotStart, type ContainerSpec } from '../runtime.ts';
import { MARK } from './processes.ts';
import type { StandIns } from './stand-ins.ts';
import type { View } from './view.ts';

export interface Place {
  readonly view: View;
  readonly standIns: StandIns;
  /** Home and temporary folder of a container that has no file system of its own. */
  readonly home: string;
  readonly temporary: string;
  /** Holds the task's `.curlrc`. */
  readonly network: string;
  readonly mark: string;
}

/** Entry point and command; an entry point of the task definition drops the image's command. */
export function commandLine(spec: ContainerSpec): string[] {
  const { Entrypoint, Cmd } = spec.unpacked.config;
  const entryPoint = spec.entryPoint?.length ? spec.entryPoint : (Entrypoint ?? []);
  const inherited = spec.entryPoint?.length ? [] : (Cmd ?? []);
  return [...entryPoint, ...(spec.command?.length ? spec.command : inherited)];
}

export function workingDirectory(spec: ContainerSpec): string {
  return posix.resolve('/', spec.workingDirectory ?? spec.unpacked.config.WorkingDir ?? '/');
}

/** Built from nothing: no variable of this machine gets into a container. */
export function environmentOf(spec: ContainerSpec, place: Place): Record<string, string> {
  const { view, standIns } = place;
  const image: Record<string, string> = {};
  for (const entry of spec.unpacked.config.Env ?? []) {
    const equals = entry.indexOf('=');
    if (equals > 0) image[entry.slice(0, equals)] = entry.slice(equals + 1);
  }
  const given = { ...image, ...spec.environment };
  const path = (given['PATH'] ?? SYSTEM_PATH)
    .split(':')
    .flatMap((folder) => (view.path(folder) === folder ? [folder] : [view.path(folder), folder]));
  const options = [given['NODE_OPTIONS'], `--require "${standIns.preload.replace(/["\\]/g, '\\$&')}"`];
  return {
    HOME: place.home,
    ...(view.kind === 'copy' ? { TMPDIR: place.temporary } : {}),
    // Prisma asks its maker for news after every command, and downloads its engine, unless it is told otherwise.
    CHECKPOINT_DISABLE: '1',
    PRISMA_SCHEMA_ENGINE_BINARY: standIns.prismaEngine,
    npm_config_update_notifier: 'false',
    ...given,
    PATH: [standIns.first, ...path, standIns.last].join(':'),
    NODE_OPTIONS: options.filter((option) => option).join(' '),
    CURL_HOME: view.lent(place.network),
    [MARK]: place.mark,
  };
}

/** The command with its program found and whole absolute arguments led into the image. Throws `CannotStart`. */
export function resolveCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  { view, standIns }: Place,
): string[] {
  const [name, ...rest] = argv;
  if (!name) throw new CannotStart('ContainerConfigError: no command specified');
  const args = rest.map((word) => (word.startsWith('/') ? view.path(word) : word));
  if (!name.includes('/')) {
    const folders = (environment['PATH'] ?? '').split(':');
    if (!isStandIn(name) && !folders.some((folder) => view.has(posix.join(folder, name)))) {
      throw notFound(name, 'executable file not found in $PATH');
    }
    return [name, ...args];
  }
  const base = posix.basename(name);
  if (base === 'node' && name.startsWith('/')) return [`${standIns.first}/node`, ...args];
  if (name.startsWith('/') && !view.has(name)) {
    if (isStandIn(base)) return [base, ...args];
    throw notFound(name, `stat ${name}: no such file or directory`);
  }
  return [name.startsWith('/') ? view.path(name) : name, ...args];
}

const STAND_INS = [
  'node',
  'wget',
  'curl',
  'tini',
  'tini-static',
  'dumb-init',
  'docker-entrypoint.sh',
  'npm',
  'npx',
];

function isStandIn(name: string): boolean {
  return STAND_INS.includes(name);
}

function notFound(name: string, why: string): CannotStart {
  return new CannotStart(
    `ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "${name}": ${why}: unknown`,
  );
}
