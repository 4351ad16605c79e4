/**
 * What a verb of the command is. The listing of cli/commands is the manual: one file a verb, each exporting a
 * `Command`; options are declared once, and parsing, help, completion and "did you mean" come from them.
 */
import { parseArgs } from 'node:util';
import { LockstepError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { wrapped } from './render/screen.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the usage line: `NAME`. */
  readonly value?: string;
  readonly description: string;
  /** May be given several times. */
  readonly multiple?: boolean;
}

export interface Command {
  readonly name: string;
  /** One line, for the list of verbs. */
  readonly summary: string;
  /** `[--image-tag TAG] ID`: what follows the verb in the usage line, options that all verbs have left out. */
  readonly usage: string;
  readonly options: Readonly<Record<string, Option>>;
  /** How many words may follow the options. */
  readonly positionals?: { readonly least: number; readonly most: number };
  readonly examples: readonly string[];
  /** Exit codes beyond 0 and 1. */
  readonly exits: Readonly<Record<number, string>>;
  run(invocation: Invocation): Promise<number>;
}

export interface Invocation {
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
  readonly variables: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** Options that every verb has. */
export const COMMON: Readonly<Record<string, Option>> = {
  environment: {
    type: 'string',
    value: 'NAME',
    description: 'the environment; else LOCKSTEP_ENV, else SEMIONT_ENV',
  },
  service: {
    type: 'string',
    value: 'NAME',
    description: 'the service; may be left out where the environment has only one',
  },
  json: { type: 'boolean', description: 'one JSON event a line' },
  verbose: { type: 'boolean', description: 'show the stack trace of an error' },
  help: { type: 'boolean', description: 'show this help' },
};

export function parse(
  command: Command,
  words: readonly string[],
  surroundings: Omit<Invocation, 'options' | 'positionals'>,
): Invocation {
  const known = { ...COMMON, ...command.options };
  const options = Object.fromEntries(
    Object.entries(known).map(([name, option]) => [
      name,
      { type: option.type, ...(option.multiple && { multiple: true }) },
    ]),
  );
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(command, Object.keys(known), error as Error, words);
  }
  const { least, most } = command.positionals ?? { least: 0, most: 0 };
  const { positionals } = parsed;
  if (positionals.length > most) {
    throw problem(`"${positionals[most]}" is one word too many.`, command);
  }
  if (positionals.length < least && !parsed.values['help']) throw problem('an argument is missing.', command);
  for (const name of ['environment', 'service']) {
    const given = words.filter((word) => word === `--${name}` || word.startsWith(`--${name}=`)).length;
    if (given > 1) throw problem(`--${name} is given ${given} times.`, command);
  }
  return { ...surroundings, options: parsed.values as Invocation['options'], positionals };
}

function usageError(
  command: Command,
  known: readonly string[],
  error: Error,
  words: readonly string[],
): LockstepError {
  const unknown = /Unknown option '(-{1,2}[^']*)'/.exec(error.message)?.[1];
  if (unknown) {
    const meant = nearest(unknown.replace(/^-+/, ''), known);
    return problem(`there is no option ${unknown}.${meant ? ` Did you mean --${meant}?` : ''}`, command);
  }
  const valueless = /Option '(?:-\w, )?(--[\w-]+) <value>' argument missing/.exec(error.message)?.[1];
  if (valueless) return problem(`${valueless} needs a value.`, command);
  const ambiguous = /Option '(--[\w-]+)[^']*' argument is ambiguous/.exec(error.message)?.[1];
  if (ambiguous)
    return problem(
      `${ambiguous} needs a value; ${words[words.indexOf(ambiguous) + 1]} looks like an option.`,
      command,
    );
  const flag = /Option '(--[\w-]+)' does not take an argument/.exec(error.message)?.[1];
  if (flag) return problem(`${flag} takes no value.`, command);
  return problem(error.message, command);
}

export function problem(sentence: string, command: Command): LockstepError {
  return new LockstepError('UsageError', {
    problem: sentence,
    help: `usage: lockstep ${command.name} ${command.usage}; \`lockstep ${command.name} --help\` says more.`,
  });
}

/** The text of `lockstep VERB --help`, broken to the columns of a terminal. */
export function help(command: Command, columns = Number.POSITIVE_INFINITY): string {
  const rows = Object.entries({ ...command.options, ...COMMON }).map(([name, option]) => [
    `--${name}${option.value ? ` ${option.value}` : ''}`,
    option.description,
  ]);
  const width = Math.max(...rows.map(([left]) => left?.length ?? 0));
  return [
    ...wrapped('', `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`, columns),
    '',
    ...wrapped('usage: ', `lockstep ${command.name} ${command.usage}`.trimEnd(), columns),
    '',
    'options',
    // Beside the names there is no room for words on a narrow terminal: they go below.
    ...rows.flatMap(([left = '', right = '']) =>
      columns - width < 34
        ? [`  ${left}`, ...wrapped('      ', right, columns)]
        : wrapped(`  ${left.padEnd(width)}  `, right, columns),
    ),
    '',
    'examples',
    ...command.examples.map((example) => `  ${example}`),
    '',
    'exit codes',
    '  0   it went well',
    '  1   usage or internal error',
    ...Object.entries(command.exits).flatMap(([code, meaning]) =>
      wrapped(`  ${code.padEnd(2)}  `, meaning, columns),
    ),
    '',
  ].join('\n');
}

/** Options of every verb that starts a deployment. */
export const DEPLOYMENT_OPTIONS: Readonly<Record<string, Option>> = {
  reason: { type: 'string', value: 'TEXT', description: 'why, for the history' },
  'allow-older': { type: 'boolean', description: 'release a commit that is older than the running one' },
  timeout: {
    type: 'string',
    value: 'TIME',
    description: 'end the wait after this time (90s, 10m); the deployment goes on',
  },
};

/** An option of every verb that releases. */
export const FREEZE_OPTION: Readonly<Record<string, Option>> = {
  'override-freeze': {
    type: 'string',
    value: 'WHY',
    description: 'begin although a freeze or the weekly windows forbid it; why is recorded',
  },
};

/** Exit codes of every verb that follows a deployment. */
export const DEPLOYMENT_EXITS: Readonly<Record<number, string>> = {
  10: 'refused; nothing was changed',
  11: 'the build failed; nothing was changed',
  12: 'the migration failed; the service was not changed',
  13: 'rolled back; the old release runs again',
  14: 'cancelled or superseded',
  15: 'a person has to look',
  16: 'still running; the execution goes on',
};

/** The value of a string option; undefined where it was left out. */
export function text(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag(invocation: Invocation, name: string): boolean {
  return invocation.options[name] === true;
}
