/** Completion for shells, made from the same Commands that parse and help come from. Pure: names in, a script out. */
import { COMMON, type Command } from './command.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const NAMES = ['lockstep', 'semiont'];

/** Words that may follow a verb, where they are a choice. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  watch: ['logs', 'metrics'],
  migrations: ['check', 'fix', 'status', 'resolve'],
  local: ['stop', 'status', 'reset'],
  completion: SHELLS,
};

export function completionFor(shell: Shell, commands: readonly Command[]): string {
  if (shell === 'bash') return bash(commands);
  return shell === 'zsh' ? zsh(commands) : fish(commands);
}

const optionsOf = (command: Command) => Object.entries({ ...command.options, ...COMMON });

/** Names of environments are those of the files in the folder; nothing is asked of AWS while somebody types. */
const ENVIRONMENTS = "ls environments 2>/dev/null | sed -n 's/\\.json$//p'";

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const words = optionsOf(command).map(([name]) => `--${name}`);
    return `    ${command.name}) words="${[...(WORDS[command.name] ?? []), ...words].join(' ')}" ;;`;
  });
  return [
    '# lockstep completion bash >> ~/.bashrc',
    '_lockstep() {',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the shell.
    '  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=""',
    `  if [ "$before" = --environment ]; then COMPREPLY=($(compgen -W "$(${ENVIRONMENTS})" -- "$word")); return; fi`,
    `  if [ "$COMP_CWORD" = 1 ]; then COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$word")); return; fi`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell.
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    `complete -o default -F _lockstep ${NAMES.join(' ')}`,
    '',
  ].join('\n');
}

const quoted = (text: string): string =>
  text.replaceAll("'", '’').replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', '\\:');

function zsh(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const options = optionsOf(command).map(([name, { value, description }]) => {
      const action =
        name === 'environment' ? ':name:_lockstep_environments' : value ? `:${value.toLowerCase()}:` : '';
      return `'--${name}[${quoted(description)}]${action}'`;
    });
    const words = WORDS[command.name];
    return `    ${command.name}) _arguments ${[...(words ? [`'1:what:(${words.join(' ')})'`] : []), ...options].join(' ')} ;;`;
  });
  return [
    `#compdef ${NAMES.join(' ')}`,
    `_lockstep_environments() { local -a names; names=($(${ENVIRONMENTS})); compadd -a names }`,
    '_lockstep() {',
    '  local -a verbs',
    `  verbs=(${commands.map(({ name, summary }) => `'${name}:${quoted(summary)}'`).join(' ')})`,
    '  if (( CURRENT == 2 )); then _describe verb verbs; return; fi',
    '  local verb=$words[2]',
    '  shift words; (( CURRENT-- ))',
    '  case $verb in',
    ...cases,
    '  esac',
    '}',
    `compdef _lockstep ${NAMES.join(' ')}`,
    '',
  ].join('\n');
}

function fish(commands: readonly Command[]): string {
  const lines = NAMES.flatMap((name) => [
    `complete -c ${name} -f`,
    ...commands.flatMap((command) => {
      const inside = `-n '__fish_seen_subcommand_from ${command.name}'`;
      return [
        `complete -c ${name} -n __fish_use_subcommand -a ${command.name} -d '${quoted(command.summary)}'`,
        ...(WORDS[command.name]
          ? [`complete -c ${name} ${inside} -a '${WORDS[command.name]?.join(' ')}'`]
          : []),
        ...optionsOf(command).map(([option, { value, description }]) => {
          const needs =
            option === 'environment'
              ? ` -x -a "(${ENVIRONMENTS.replaceAll('"', '\\"')})"`
              : value
                ? ' -r'
                : '';
          return `complete -c ${name} ${inside} -l ${option}${needs} -d '${quoted(description)}'`;
        }),
      ];
    }),
  ]);
  return `${lines.join('\n')}\n`;
}
