/** `lockstep local`: the embedded AWS by itself. */
import { resolve } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { type Command, flag, type Invocation, problem, text } from '../command.ts';
import {
  detachEmbedded,
  type EmbeddedOptions,
  findRunning,
  forgetEmbedded,
  type Running,
  startEmbedded,
  stopEmbedded,
} from '../embedded.ts';

const FOLDER = '.lockstep/local';

export const local: Command = {
  name: 'local',
  summary: 'run the embedded AWS by itself; stop it, or forget its state',
  usage:
    '[stop | status | reset] [--detach] [--port PORT] [--folder FOLDER] [--environments NAMES] [--runtime process|docker]',
  positionals: { least: 0, most: 1 },
  options: {
    detach: { type: 'boolean', description: 'keep it running when this command has ended' },
    port: {
      type: 'string',
      value: 'PORT',
      description: 'its port on 127.0.0.1; any free one where it is left out',
    },
    folder: { type: 'string', value: 'FOLDER', description: `where its state is kept (${FOLDER})` },
    environments: {
      type: 'string',
      value: 'NAMES',
      description: 'whose stacks it has, with commas between (local)',
    },
    runtime: { type: 'string', value: 'NAME', description: 'how tasks run: process (the default) or docker' },
  },
  examples: [
    'lockstep local --detach --port 4566',
    'eval "$(lockstep local status)"; aws stepfunctions list-executions …',
    'lockstep local reset',
  ],
  exits: {},
  async run(invocation) {
    const options = embeddedOptions(invocation);
    const running = findRunning(options.folder);
    switch (invocation.positionals[0]) {
      case undefined:
        return running
          ? inUse(running, options.folder)
          : serve(options, flag(invocation, 'detach'), invocation.signal);
      case 'status':
        return status(running);
      case 'stop':
        if (running) await stopEmbedded(running, options.folder);
        process.stdout.write(running ? 'Stopped; its state is kept.\n' : 'It does not run.\n');
        return 0;
      case 'reset':
        if (running) await stopEmbedded(running, options.folder);
        process.stdout.write(
          forgetEmbedded(options.folder) ? `Forgot ${options.folder}.\n` : 'There was nothing to forget.\n',
        );
        return 0;
      default:
        throw problem(`"${invocation.positionals[0]}" is none of stop, status, reset.`, local);
    }
  },
};

export function embeddedOptions(invocation: Invocation): EmbeddedOptions {
  const port = text(invocation, 'port');
  if (port !== undefined && !(Number.isInteger(Number(port)) && Number(port) >= 0 && Number(port) < 65_536)) {
    throw new LockstepError('UsageError', {
      problem: `--port "${port}" is not a port.`,
      help: 'Give a number from 1 to 65535.',
    });
  }
  const runtime = text(invocation, 'runtime');
  if (runtime !== undefined && !['process', 'docker'].includes(runtime)) {
    throw new LockstepError('UsageError', {
      problem: `--runtime "${runtime}" does not exist.`,
      help: 'There are process and docker.',
    });
  }
  return {
    folder: resolve(invocation.directory, text(invocation, 'folder') ?? FOLDER),
    port,
    runtime,
    environments: (text(invocation, 'environments') ?? 'local').split(','),
    say: (line) => void process.stderr.write(`  ${line}\n`),
  };
}

async function serve(options: EmbeddedOptions, detach: boolean, signal: AbortSignal): Promise<number> {
  if (detach) {
    process.stdout.write(exports(await detachEmbedded(options)));
    process.stdout.write('# It keeps running; `lockstep local stop` ends it.\n');
    return 0;
  }
  const { running, child } = await startEmbedded(options);
  process.stdout.write(exports(running));
  process.stdout.write('# Ctrl-C ends it; its state is kept.\n');
  const closed = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  return closed;
}

function status(running: Running | undefined): number {
  if (!running) {
    process.stderr.write('It does not run; `lockstep local` starts it.\n');
    return 1;
  }
  process.stdout.write(exports(running));
  return 0;
}

function inUse(running: Running, folder: string): never {
  throw new LockstepError('LocalStateLocked', {
    pid: running.pid,
    path: folder,
    port: new URL(running.endpoint).port,
  });
}

/** Lines for a shell: what the SDK, the AWS CLI and this command need to find it. */
function exports(running: Running): string {
  return [
    `export AWS_ENDPOINT_URL=${running.endpoint}`,
    `export AWS_REGION=${running.region} AWS_DEFAULT_REGION=${running.region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`,
    ...Object.entries(running.frontDoors).map(([name, url]) => `# ${name} answers at ${url}`),
    '',
  ].join('\n');
}
