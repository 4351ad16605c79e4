/**
 * A Dockerfile as the builder wants it: stages of instructions, each with its line, its flags, its joined text and its
 * heredocs. `dockerfile-ast` finds the instructions; what they mean is decided here and in `stage.ts`.
 */
import dockerfileAst from 'dockerfile-ast';
import { DockerfileError } from './errors.ts';

const { DockerfileParser } = dockerfileAst;

export interface Heredoc {
  readonly name: string;
  /** Whether variables stay as they are (`<<'EOF'`). */
  readonly quoted: boolean;
  readonly content: string;
}

export interface Instruction {
  readonly keyword: string;
  /** From 1. */
  readonly line: number;
  /** `--from=build` is `['from', 'build']`, `--link` is `['link', '']`; a flag may come more than once. */
  readonly flags: readonly (readonly [string, string])[];
  /** The arguments, continuation lines joined and the comments between them left out, as Docker does. */
  readonly text: string;
  /** The arguments in exec form (`["node", "x"]`). */
  readonly exec?: readonly string[];
  readonly heredocs: readonly Heredoc[];
}

export interface Stage {
  readonly index: number;
  /** In lower case: Docker does not tell `Build` from `build`. */
  readonly name?: string;
  /** What stands after FROM; may hold variables of the file's first ARG lines. */
  readonly base: string;
  readonly platform?: string;
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** ARG lines before the first FROM: `NAME` or `NAME=default`. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
}

/** Instructions with their flags; anything else is refused with its line. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  ADD: ['chown', 'chmod', 'link'],
  ARG: [],
  CMD: [],
  COPY: ['from', 'chown', 'chmod', 'link'],
  ENTRYPOINT: [],
  ENV: [],
  EXPOSE: [],
  FROM: ['platform'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'start-interval', 'retries'],
  LABEL: [],
  MAINTAINER: [],
  RUN: ['mount', 'network'],
  SHELL: [],
  STOPSIGNAL: [],
  USER: [],
  VOLUME: [],
  WORKDIR: [],
};

/** Where the exec form is looked for; everywhere else brackets are only text. */
const WITH_EXEC_FORM = new Set(['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME']);

export function parseDockerfile(content: string): Dockerfile {
  const parsed = DockerfileParser.parse(content);
  const lines = content.split(/\r?\n/);
  const escapeCharacter = parsed.getEscapeCharacter();
  const globals: Instruction[] = [];
  const stages: { -readonly [K in keyof Stage]: Stage[K] }[] = [];
  for (const node of parsed.getInstructions()) {
    const range = node.getRange();
    const source = lines.slice(range.start.line, range.end.line + 1);
    const instruction = read(source, range.start.line + 1, escapeCharacter);
    const current = stages.at(-1);
    if (instruction.keyword === 'FROM') stages.push(stage(instruction, stages));
    else if (current) current.instructions = [...current.instructions, instruction];
    else if (instruction.keyword === 'ARG') globals.push(instruction);
    else throw new DockerfileError(instruction.line, `${instruction.keyword} comes before the first FROM`);
  }
  if (stages.length === 0) throw new DockerfileError(1, 'there is no FROM');
  return { globals, stages };
}

function stage(from: Instruction, before: readonly Stage[]): Stage {
  const [base, as, name, ...more] = from.text.split(/\s+/);
  if (!base || more.length > 0 || (as !== undefined && (as.toUpperCase() !== 'AS' || !name))) {
    throw new DockerfileError(from.line, `FROM ${from.text}: expected FROM image [AS name]`);
  }
  const lower = name?.toLowerCase();
  if (lower !== undefined && before.some((other) => other.name === lower)) {
    throw new DockerfileError(from.line, `there are two stages named ${name}`);
  }
  const platform = from.flags.find(([flag]) => flag === 'platform')?.[1];
  return {
    index: before.length,
    base,
    line: from.line,
    instructions: [],
    ...(lower === undefined ? {} : { name: lower }),
    ...(platform === undefined ? {} : { platform }),
  };
}

function read(source: readonly string[], line: number, escapeCharacter: string): Instruction {
  const first = /^\s*([A-Za-z]+)\s*/.exec(source[0] ?? '');
  const keyword = (first?.[1] ?? source[0] ?? '').toUpperCase();
  const allowed = KNOWN[keyword];
  if (!allowed) throw new DockerfileError(line, `${keyword} is not an instruction that is supported here`);

  const { words, heredocs } = split(source, keyword, escapeCharacter, line);
  const { flags, rest } = takeFlags(words.slice(words.search(/[A-Za-z]/)).replace(/^[A-Za-z]+\s*/, ''));
  for (const [flag] of flags) {
    if (!allowed.includes(flag))
      throw new DockerfileError(line, `${keyword} --${flag} is not supported here`);
  }
  if (rest === '' && heredocs.length === 0) throw new DockerfileError(line, `${keyword} needs an argument`);
  const exec = WITH_EXEC_FORM.has(keyword) ? execForm(rest) : undefined;
  return { keyword, line, flags, text: rest, heredocs, ...(exec ? { exec } : {}) };
}

const HEREDOC = /<<(-?)(['"]?)([A-Za-z_][\w.-]*)\2/g;

/** The instruction's own text on one line, and the heredocs that follow it. */
function split(
  source: readonly string[],
  keyword: string,
  escapeCharacter: string,
  line: number,
): { words: string; heredocs: Heredoc[] } {
  const head: string[] = [];
  let at = 0;
  for (; at < source.length; at++) {
    const text = source[at] ?? '';
    // Between continued lines Docker drops comments and empty lines.
    if (at > 0 && (/^\s*#/.test(text) || text.trim() === '')) continue;
    const continued = text.trimEnd().endsWith(escapeCharacter);
    head.push(continued ? text.trimEnd().slice(0, -1) : text);
    if (!continued) {
      at++;
      break;
    }
  }
  const words = head.join('').trim();
  const heredocs: Heredoc[] = [];
  if (keyword !== 'RUN' && keyword !== 'COPY' && keyword !== 'ADD') return { words, heredocs };
  for (const [, strip, quote, name = ''] of words.matchAll(HEREDOC)) {
    const content: string[] = [];
    for (; ; at++) {
      const text = source[at];
      if (text === undefined) throw new DockerfileError(line, `the heredoc ${name} has no end`);
      const stripped = strip ? text.replace(/^\t+/, '') : text;
      if (stripped === name) break;
      content.push(`${stripped}\n`);
    }
    at++;
    heredocs.push({ name, quoted: quote !== '', content: content.join('') });
  }
  return { words, heredocs };
}

function takeFlags(text: string): { flags: [string, string][]; rest: string } {
  const flags: [string, string][] = [];
  let rest = text;
  for (;;) {
    const match = /^--([a-z][a-z-]*)(?:=(\S*))?(?:\s+|$)/.exec(rest);
    if (!match) return { flags, rest: rest.trim() };
    flags.push([match[1] as string, match[2] ?? '']);
    rest = rest.slice(match[0].length);
  }
}

/** Docker takes brackets that are not JSON for shell text; so does this. */
function execForm(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value as string[];
  } catch {
    // Not JSON, then: shell form.
  }
  return undefined;
}
