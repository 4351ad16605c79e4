import { expect, test } from '@jest/globals';
import { type Command, help, parse } from '../../cli/command.ts';

const command: Command = {
  name: 'deploy',
  summary: 'build and release',
  usage: '[--commit COMMIT]',
  options: { commit: { type: 'string', value: 'COMMIT', description: 'what to deploy' } },
  examples: ['lockstep deploy', 'lockstep deploy --commit main', 'lockstep deploy --json'],
  exits: { 10: 'refused' },
  run: async () => 0,
};
const surroundings = { variables: {}, directory: '/', signal: new AbortController().signal };
const problemOf = (...words: string[]): string => {
  try {
    parse(command, words, surroundings);
    return 'no error';
  } catch (error) {
    return (error as Error).message;
  }
};

test.each([
  [['--comit', 'x'], 'there is no option --comit. Did you mean --commit?'],
  [['--frobnicate'], 'there is no option --frobnicate.'],
  [['--commit'], '--commit needs a value.'],
  [['--commit', '--json'], '--commit needs a value; --json looks like an option.'],
  [['--json=yes'], '--json takes no value.'],
  [['production'], '"production" is one word too many.'],
  [['--environment', 'dev', '--environment', 'production'], '--environment is given 2 times.'],
])('%j is answered with what is wrong', (words, sentence) => {
  expect(problemOf(...words)).toBe(sentence);
});

test('options that every verb has are understood', () => {
  expect(parse(command, ['--json', '--service', 'backend', '--commit=abc'], surroundings).options).toEqual({
    json: true,
    service: 'backend',
    commit: 'abc',
  });
});

test('help shows usage, options, three examples and exit codes', () => {
  const text = help(command);
  expect(text).toContain('usage: lockstep deploy [--commit COMMIT]');
  expect(text).toMatch(/--commit COMMIT\s+what to deploy/);
  expect(text.match(/^ {2}lockstep/gm)).toHaveLength(3);
  expect(text).toMatch(/10\s+refused/);
});
