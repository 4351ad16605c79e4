/** The instructions that change no file: what each does to the image's settings. */
import { posix } from 'node:path';
import type { Instruction } from './dockerfile.ts';
import { DockerfileError } from './errors.ts';
import { expand, pairs, words } from './expand.ts';
import type { Healthcheck, StageState } from './stage.ts';

type Apply = (state: StageState, instruction: Instruction) => void;

export const SETTINGS: Readonly<Record<string, Apply>> = {
  ENV: (state, instruction) => {
    for (const [name, value] of named(state, instruction)) state.settings.env.set(name, value);
  },
  LABEL: (state, instruction) => {
    for (const [name, value] of named(state, instruction)) state.settings.labels.set(name, value);
  },
  MAINTAINER: (state, { text }) => void state.settings.labels.set('maintainer', text),
  USER: (state, { text }) => {
    state.settings.user = expand(text, state.variables);
  },
  EXPOSE: (state, { text }) => {
    for (const port of words(text, state.variables)) {
      const name = port.includes('/') ? port : `${port}/tcp`;
      if (!state.settings.exposed.includes(name)) state.settings.exposed.push(name);
    }
  },
  VOLUME: (state, { text, exec }) => {
    state.settings.volumes.push(...(exec ?? words(text, state.variables)));
  },
  STOPSIGNAL: (state, { text }) => {
    state.settings.stopSignal = expand(text, state.variables);
  },
  SHELL: (state, { exec, line }) => {
    if (!exec || exec.length === 0)
      throw new DockerfileError(line, 'SHELL needs its exec form: SHELL ["/bin/bash", "-c"]');
    state.settings.shell = exec;
  },
  CMD: (state, instruction) => {
    state.settings.cmd = command(state, instruction);
  },
  ENTRYPOINT: (state, instruction) => {
    state.settings.entrypoint = command(state, instruction);
    // A CMD that comes with the base image would be its arguments: Docker drops it.
    if (state.settings.cmd === state.base.cmd) delete state.settings.cmd;
  },
  HEALTHCHECK: (state, instruction) => {
    state.settings.healthcheck = healthcheck(state, instruction);
  },
};

function named(state: StageState, { keyword, text, line }: Instruction): [string, string][] {
  const found = pairs(text, state.variables);
  if (!found) throw new DockerfileError(line, `${keyword} ${text}: expected NAME=value`);
  return found;
}

function command(state: StageState, { exec, text }: Instruction): readonly string[] {
  if (!exec) return [...state.settings.shell, text];
  // What the entry point of Node's image does with `CMD ["dist/main.js"]` and `CMD ["--version"]`.
  const script = /^-|\.(?:[cm]?js|ts)$/.test(exec[0] ?? '');
  return state.base.node && script ? ['node', ...exec] : exec;
}

function healthcheck(state: StageState, { flags, text, line }: Instruction): Healthcheck {
  if (/^none$/i.test(text)) return { Test: ['NONE'] };
  const match = /^cmd\s+([\s\S]+)$/i.exec(text);
  if (!match) throw new DockerfileError(line, 'HEALTHCHECK needs CMD or NONE');
  const argument = match[1] as string;
  const exec = argument.startsWith('[') ? (JSON.parse(argument) as string[]) : undefined;
  const check: Healthcheck = { Test: exec ? ['CMD', ...exec] : ['CMD-SHELL', argument] };
  for (const [name, value] of flags) {
    const nanoseconds = () => duration(expand(value, state.variables), line);
    if (name === 'interval') check.Interval = nanoseconds();
    else if (name === 'timeout') check.Timeout = nanoseconds();
    else if (name === 'start-period') check.StartPeriod = nanoseconds();
    else if (name === 'start-interval') check.StartInterval = nanoseconds();
    else check.Retries = Number(value);
  }
  return check;
}

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Go's durations: `1m30s`. */
function duration(text: string, line: number): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join('') !== text || parts.length === 0) {
    throw new DockerfileError(line, `"${text}" is not a duration such as 30s`);
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit as string] as number), 0);
}

/** Paths in the image are absolute; a relative one is below the working directory. */
export function absolute(workdir: string, path: string): string {
  const joined = path.startsWith('/') ? path : posix.join(workdir, path);
  const normal = posix.normalize(joined);
  return normal.length > 1 && !path.endsWith('/') ? normal.replace(/\/$/, '') : normal;
}
