/** `lockstep console`: the page on this machine that shows what runs, and each deployment with its evidence. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Environment } from '../../core/environment.ts';
import { type Cloud, openCloud } from '../cloud.ts';
import { type Command, type Invocation, problem, text } from '../command.ts';
import { PACKAGE } from '../embedded.ts';
import { environmentFilesAt, readEnvironment } from '../environments.ts';
import { requester } from '../request.ts';
import { environmentName } from '../target.ts';

export interface ConsolePlace {
  readonly cloud: Cloud;
  readonly environment: Environment;
}

export const consoleVerb: Command = {
  name: 'console',
  summary: 'serve a page that shows what runs, and each deployment with its evidence',
  usage: '--environment NAME[,NAME …] [--port PORT]',
  options: {
    port: { type: 'string', value: 'PORT', description: 'port on this machine; any free one where left out' },
  },
  examples: [
    'lockstep console --environment local',
    'lockstep console --environment dev,production',
    'lockstep console --environment production --port 4100',
  ],
  exits: {},
  async run(invocation) {
    const port = Number(text(invocation, 'port') ?? '0');
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw problem('--port is not a port.', consoleVerb);
    const names = environmentName(invocation).split(',').filter(Boolean);
    const places = await Promise.all([...new Set(names)].map((name) => placeOf(invocation, name)));
    const served = await openConsole(places, port);
    process.stdout.write(`${served.url}\nCtrl-C ends it.\n`);
    const { signal } = invocation;
    if (!signal.aborted) await Promise.race([once(signal, 'abort'), once(served.child, 'exit')]);
    await served.close();
    return 0;
  },
};

/** What the console is to show of an environment: its file, and the AWS that it lives in. */
export async function placeOf(
  { directory, variables }: Pick<Invocation, 'directory' | 'variables'>,
  name: string,
): Promise<ConsolePlace> {
  const { environment } = await readEnvironment(environmentFilesAt(directory), name);
  const cloud = await openCloud({ environment, environmentName: name, variables, directory });
  return { cloud, environment };
}

/** Starts the console beside this process, and ends when that is told to. Throws where the port is taken. */
export async function openConsole(
  places: readonly ConsolePlace[],
  port: number,
): Promise<{ url: string; child: ChildProcess; close(): Promise<void> }> {
  const child = fork(join(PACKAGE, 'console/server/main.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send({
    port,
    interval: Math.max(1_000, ...places.map(({ cloud }) => cloud.interval)),
    requester: requester(),
    places: places.map(({ cloud, environment }) => ({
      environmentName: cloud.environmentName,
      environment,
      account: cloud.account.id,
      options: cloud.options,
    })),
  });
  const [answer] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => [{ problem: 'it ended before it answered' }]),
  ])) as [{ url?: string; problem?: string }];
  if (!answer.url) throw problem(`the console could not start: ${answer.problem}.`, consoleVerb);
  return {
    url: answer.url,
    child,
    async close() {
      if (child.exitCode !== null || !child.connected) return;
      // `close` never comes where this side ends the channel; `exit` does.
      const closed = once(child, 'exit');
      child.disconnect();
      await closed;
    },
  };
}
