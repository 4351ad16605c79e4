/** `lockstep completion bash|zsh|fish`: prints the script that the shell reads. */
import { nearest } from '../../core/nearest.ts';
import { type Command, problem } from '../command.ts';
import { completionFor, SHELLS } from '../completion.ts';

export const completion: Command = {
  name: 'completion',
  summary: 'print completion for bash, zsh or fish',
  usage: SHELLS.join('|'),
  positionals: { least: 1, most: 1 },
  options: {},
  examples: [
    'lockstep completion bash >> ~/.bashrc',
    'lockstep completion zsh > ~/.zsh/completions/_lockstep',
    'lockstep completion fish > ~/.config/fish/completions/lockstep.fish',
  ],
  exits: {},
  async run({ positionals: [name = ''] }) {
    const shell = SHELLS.find((known) => known === name);
    if (!shell) {
      const meant = nearest(name, SHELLS);
      throw problem(
        `there is no completion for "${name}".${meant ? ` Did you mean ${meant}?` : ''}`,
        completion,
      );
    }
    const { VERBS } = await import('../verbs.ts');
    const commands = await Promise.all(VERBS.map(({ load }) => load()));
    process.stdout.write(completionFor(shell, commands));
    return 0;
  },
};
