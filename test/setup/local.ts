/** What a scenario runs on: the embedded AWS, started as a person starts it, and a copy of the example to work in. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockstep, PROJECT } from './command.ts';

/** What `lockstep local` writes down of itself. */
export interface Running {
  readonly pid: number;
  readonly endpoint: string;
  readonly region: string;
  /** Address of each service's load balancer, by its name. */
  readonly frontDoors: Readonly<Record<string, string>>;
}

/** `environments`: `dev,production`; that of `npm start` where it is left out. Stop it with `stopLocal`. */
export async function startLocal(folder: string, environments?: string): Promise<Running> {
  const more = environments === undefined ? [] : ['--environments', environments];
  const ran = await lockstep(['local', '--detach', '--folder', folder, ...more]);
  if (ran.code !== 0) throw new Error(`${ran.stdout}\n${ran.stderr}`);
  return runningIn(folder);
}

export function runningIn(folder: string): Running {
  return JSON.parse(readFileSync(join(folder, 'running.json'), 'utf8')) as Running;
}

export async function stopLocal(folder: string): Promise<void> {
  await lockstep(['local', 'stop', '--folder', folder]);
}

/** For commands that are run against it, whatever the machine itself is set up for. */
export function variablesOf({ endpoint, region }: Running): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    LOCKSTEP_ENV: undefined,
    SEMIONT_ENV: undefined,
  };
}

/** The sources of examples/backend, and nothing that was installed or generated beside them. */
export function copyBackend(repository: string): void {
  cpSync(join(PROJECT, 'examples/backend'), join(repository, 'examples/backend'), {
    recursive: true,
    filter: (file) => !/[\\/](node_modules|dist|generated|\.env)$/.test(file),
  });
}
