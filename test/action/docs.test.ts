/** What the pages about CI and about plain AWS say is what the code takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readInputs } from '../../action/inputs.ts';
import { parseEnvironment } from '../../core/environment.ts';
import { parseRequest } from '../../core/request.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  );
const rowsOf = (text: string, head: string): string[] => {
  const table = text.slice(text.indexOf(head)).split('\n\n')[0] ?? '';
  return [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = '']) => name);
};
const ci = read('docs/ci.md');
const action = parse(read('action/action.yml')) as Record<'inputs' | 'outputs', Record<string, object>>;

test('docs/ci.md lists the inputs and outputs of action.yml, in their order', () => {
  expect(rowsOf(ci, '| input |')).toEqual(Object.keys(action.inputs));
  expect(rowsOf(ci, '| output |')).toEqual(Object.keys(action.outputs));
});

test('workflows in docs/ci.md and docs/schedules.md are YAML, and give the action inputs that it has', () => {
  for (const text of [...blocks(ci, 'yaml'), ...blocks(read('docs/schedules.md'), 'yaml')]) {
    const steps = stepsOf(parse(text));
    for (const step of steps.filter(({ uses }) => uses?.includes('lockstep/action'))) {
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
    }
  }
  expect(blocks(ci, 'yaml')).toHaveLength(4);
});

test('the role in docs/ci.md is configuration that an environment file takes', () => {
  const production = JSON.parse(read('environments/production.json')) as object;
  const [role = ''] = blocks(ci, 'json');
  expect(parseEnvironment({ ...production, ...JSON.parse(`{${role}}`) })).toHaveProperty('environment');
});

test('every input in docs/start-execution.md is a request', () => {
  const inputs = blocks(read('docs/start-execution.md'), 'json');
  expect(inputs).toHaveLength(4);
  for (const input of inputs) expect(parseRequest(JSON.parse(input))).toHaveProperty('request');
});

test('a hyphen in an input’s name may be an underscore, since no shell can set the other', () => {
  const given = { INPUT_ENVIRONMENT: 'dev', INPUT_ON_CANCEL: 'cancel' };
  expect(readInputs(given)).toMatchObject({ environment: 'dev', onCancel: 'cancel', action: 'deploy' });
});

interface Step {
  readonly uses?: string;
  readonly with?: object;
}

/** Of a whole workflow, or of a piece of one. */
function stepsOf(yaml: { jobs?: Record<string, { steps: Step[] }> } | Step[]): Step[] {
  return Array.isArray(yaml) ? yaml : Object.values(yaml.jobs ?? {}).flatMap(({ steps }) => steps);
}
