/** What a RUN line starts, and what it mounts. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cache } from './cache.ts';
import { select, writeLayer } from './copy.ts';
import type { Instruction } from './dockerfile.ts';
import { DockerfileError } from './errors.ts';
import type { RunMount } from './run/sandbox.ts';
import { absolute } from './settings.ts';
import type { StageState } from './stage.ts';
import { digestOfEntries, Tree } from './tree.ts';

/** A script with a first line of its own (`#!/usr/bin/env bash`) is written down, run, and removed again. */
const RUN_SCRIPT =
  'cat > /tmp/run-line && chmod +x /tmp/run-line && /tmp/run-line; code=$?; rm -f /tmp/run-line; exit $code';

export function runCommand(
  state: StageState,
  { exec, text, heredocs }: Instruction,
): { command: readonly string[]; input?: string } {
  if (exec) return { command: exec };
  const { shell } = state.settings;
  const [only] = heredocs;
  if (!only) return { command: [...shell, text] };
  if (heredocs.length === 1 && /^<<-?(['"]?)[\w.-]+\1$/.test(text)) {
    return only.content.startsWith('#!')
      ? { command: ['/bin/sh', '-c', RUN_SCRIPT], input: only.content }
      : { command: [...shell, only.content] };
  }
  // `RUN cat <<EOF > file`: the shell knows heredocs itself. The tabs of `<<-` are gone already.
  const bodies = heredocs.map(({ name, content }) => `${content}${name}\n`);
  return { command: [...shell, `${text}\n${bodies.join('')}`] };
}

export interface LineMount {
  /** What of the mount belongs to the step's key. */
  readonly key: unknown;
  readonly mount: (scratch: string) => RunMount;
}

export function runMounts(
  state: StageState,
  instruction: Instruction,
  context: () => Tree,
  cache: Cache,
): LineMount[] {
  return instruction.flags
    .filter(([flag]) => flag === 'mount')
    .map(([, value], number) => {
      const options = new Map(
        value.split(',').map((option) => {
          const equals = option.indexOf('=');
          return equals < 0 ? [option, 'true'] : [option.slice(0, equals), option.slice(equals + 1)];
        }),
      );
      const kind = options.get('type') ?? 'bind';
      const where = options.get('target') ?? options.get('dst') ?? options.get('destination');
      if (where === undefined)
        throw new DockerfileError(instruction.line, `RUN --mount=${value}: target is missing`);
      const target = absolute(state.settings.workdir, where);
      if (kind === 'cache') return cacheMount(target, options.get('id') ?? target, cache);
      if (kind === 'tmpfs')
        return { key: ['tmpfs', target], mount: () => ({ kind: 'empty', target, writable: true }) };
      if (kind !== 'bind' || options.has('from')) {
        throw new DockerfileError(
          instruction.line,
          `RUN --mount=${value}: only cache, tmpfs and bind from the context are supported here`,
        );
      }
      return bindMount(
        context(),
        options.get('source') ?? options.get('src') ?? '.',
        target,
        number,
        instruction.line,
      );
    });
}

function cacheMount(target: string, id: string, cache: Cache): LineMount {
  return {
    key: ['cache', target],
    mount: () => ({ kind: 'folder', target, source: cache.mount(id), writable: true }),
  };
}

/** The files are laid out anew, so that what `.dockerignore` names is not seen and nothing of the context can be changed. */
function bindMount(context: Tree, source: string, target: string, number: number, line: number): LineMount {
  const inside = `mount-${number}`;
  let selection: ReturnType<typeof select>;
  try {
    selection = select({ from: context, sources: [source], destination: `/${inside}`, onto: new Tree() });
  } catch (error) {
    throw new DockerfileError(line, `RUN --mount: ${(error as Error).message}`);
  }
  return {
    key: ['bind', target, digestOfEntries(selection)],
    mount: (scratch) => {
      const folder = join(scratch, 'mounts');
      mkdirSync(folder, { recursive: true });
      writeLayer(folder, selection, new Tree(), false);
      mkdirSync(folder, { recursive: true });
      return { kind: 'folder', target, source: join(folder, inside), writable: false };
    },
  };
}
