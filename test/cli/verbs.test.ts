import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { help } from '../../cli/command.ts';
import { completionFor, SHELLS } from '../../cli/completion.ts';
import { VERBS } from '../../cli/verbs.ts';

const commands = await Promise.all(VERBS.map(({ load }) => load()));

test.each(commands.map((command) => [command.name, command] as const))(
  'help of %s shows usage, three examples and exit codes',
  (name, command) => {
    expect(command.summary).toBe(VERBS.find((verb) => verb.name === name)?.summary);
    expect(command.examples).toHaveLength(3);
    const text = help(command);
    expect(text).toContain(`usage: lockstep ${name}`);
    expect(text).toContain('exit codes');
  },
);

test.each(SHELLS)('completion for %s knows every verb and option', (shell) => {
  const script = completionFor(shell, commands);
  for (const command of commands) {
    expect(script).toContain(command.name);
    for (const option of Object.keys(command.options)) expect(script).toContain(option);
  }
});

test('bash completes verbs, subjects, options and names of environments', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-completion-'));
  try {
    const complete = (...words: string[]) => {
      const line = [
        completionFor('bash', commands),
        'mkdir -p environments && touch environments/production.json',
        `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell.
        '_lockstep; echo "${COMPREPLY[@]}"',
      ].join('\n');
      return spawnSync('bash', ['-c', line], { cwd: folder, encoding: 'utf8' }).stdout.trim();
    };
    expect(complete('lockstep', 'roll')).toBe('rollback');
    expect(complete('semiont', 'watch', 'm')).toBe('metrics');
    expect(complete('lockstep', 'check', '--wat')).toBe('--watch');
    expect(complete('lockstep', 'check', '--environment', '')).toBe('production');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
