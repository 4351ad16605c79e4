/** docs/commands.md: every verb, from the same declarations that parsing, help and completion come from. */
import { COMMON, type Command } from '../../cli/command.ts';
import { VERBS } from '../../cli/verbs.ts';

export async function files(): Promise<Record<string, string>> {
  const commands = await Promise.all(VERBS.map(({ load }) => load()));
  const text = [
    '# Commands',
    '',
    '<!-- Generated from cli/commands by `npm run docs`: do not edit. -->',
    '',
    '`semiont` is a second name of `lockstep`. Exit code 0: it went well; 1: usage or internal error; the others are with',
    'each verb. `lockstep explain CODE` explains any error or verdict.',
    '',
    '| verb | what it does |',
    '|---|---|',
    ...commands.map(({ name, summary }) => `| [${name}](#${name}) | ${cell(summary)} |`),
    '',
    '## Options of every verb',
    '',
    ...options(COMMON),
    ...commands.flatMap(section),
  ];
  return { 'docs/commands.md': `${text.join('\n').trimEnd()}\n` };
}

function section(command: Command): string[] {
  const exits = Object.entries(command.exits);
  return [
    `## ${command.name}`,
    '',
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    '',
    '```sh',
    `lockstep ${command.name} ${command.usage}`.trimEnd(),
    '```',
    '',
    ...options(command.options),
    '```sh',
    ...command.examples,
    '```',
    '',
    ...(exits.length > 0
      ? [
          '| exit code | |',
          '|---|---|',
          ...exits.map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`),
          '',
        ]
      : []),
  ];
}

function options(known: Command['options']): string[] {
  const rows = Object.entries(known);
  if (rows.length === 0) return [];
  return [
    '| option | |',
    '|---|---|',
    ...rows.map(
      ([name, { value, description }]) =>
        `| \`--${name}${value ? ` ${value}` : ''}\` | ${cell(description)} |`,
    ),
    '',
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
