/**
 * `lockstep VERB …`. Finds the verb, loads only that verb's file (start-up time is what people feel), runs it and
 * turns every error into one sentence, its remedy and an exit code.
 */

import { nearest } from '../core/nearest.ts';
import { EXIT_USAGE } from '../core/verdict.ts';
import { VERBS } from './verbs.ts';

const VERSION = '0.1.0';

export async function main(
  words: readonly string[],
  variables: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(await overview());
    return name === undefined ? EXIT_USAGE : 0;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`lockstep ${VERSION}\n`);
    return 0;
  }
  const verb = VERBS.find((candidate) => candidate.name === name);
  if (!verb) {
    const meant = nearest(
      name,
      VERBS.map((candidate) => candidate.name),
    );
    process.stderr.write(
      `error: there is no verb "${name}".${meant ? ` Did you mean ${meant}?` : ' `lockstep --help` lists them.'}\n`,
    );
    return EXIT_USAGE;
  }
  return run(await verb.load(), rest, variables);
}

async function run(
  command: import('./command.ts').Command,
  words: readonly string[],
  variables: NodeJS.ProcessEnv,
): Promise<number> {
  const { help, parse } = await import('./command.ts');
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(new Error('interrupted'));
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const json = words.includes('--json');
  try {
    if (words.includes('--help')) {
      process.stdout.write(help(command, process.stdout.isTTY ? process.stdout.columns : undefined));
      return 0;
    }
    const invocation = parse(command, words, {
      variables,
      directory: process.cwd(),
      signal: interrupt.signal,
    });
    return await command.run(invocation);
  } catch (error) {
    const { report } = await import('./report.ts');
    return report(error, { json, verbose: words.includes('--verbose'), exits: command.exits });
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

async function overview(): Promise<string> {
  const width = Math.max(...VERBS.map((verb) => verb.name.length));
  const widest = Math.max(...VERBS.map((verb) => verb.summary.length)) + width + 4;
  const columns = process.stdout.isTTY ? process.stdout.columns : widest;
  // Loaded where it is needed only: this is what people wait for when they ask what there is.
  const wrapped = columns < widest ? (await import('./render/screen.ts')).wrapped : undefined;
  const lines = (label: string, text: string) => wrapped?.(label, text, columns) ?? [`${label}${text}`];
  return [
    ...lines('', 'Lockstep moves a backend’s code and its database schema in step.'),
    '',
    'usage: lockstep VERB [options]',
    ...lines('', '(semiont is a second name of the same command)'),
    '',
    ...VERBS.flatMap(({ name, summary }) => lines(`  ${name.padEnd(width)}  `, summary)),
    '',
    ...lines('', '`lockstep VERB --help` shows options, examples and exit codes.'),
    '',
  ].join('\n');
}

/** As the process's own programme: bin/lockstep.mjs calls it in the bundle. */
export async function runAsProcess(): Promise<void> {
  // `lockstep history | head`: whoever read has what it wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? 0 : EXIT_USAGE),
  );
  process.exitCode = await main(process.argv.slice(2));
}

if (import.meta.main) await runAsProcess();
