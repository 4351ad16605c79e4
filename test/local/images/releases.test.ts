import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDockerfile } from '../../../local/images/dockerfile.ts';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'lockstep-example-'));
cpSync(join(examples, 'backend'), copy, {
  recursive: true,
  filter: (path) => !/\/(?:node_modules|dist|generated)$/.test(path),
});
execFileSync('git', ['init', '-q'], { cwd: copy });
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const patches = readdirSync(join(examples, 'releases')).filter((name) => name.endsWith('.patch'));

test.each(patches)('%s applies to the example, and is in the table of releases', (name) => {
  const patch = join(examples, 'releases', name);
  execFileSync('git', ['apply', '--check', patch], { cwd: copy });
  expect(readFileSync(patch, 'utf8')).toMatch(/^Subject: \S/);
  expect(readFileSync(join(examples, 'releases', 'README.md'), 'utf8')).toContain(`\`${name}\``);
});

test('the example imports nothing of ours', () => {
  for (const file of readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )) {
    expect(readFileSync(join(copy, file), 'utf8')).not.toMatch(
      /from '(?:\.\.\/){2,}(?:core|aws|local|judge)/,
    );
  }
  expect(readFileSync(join(copy, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"|lockstep/);
});

test('the example’s Dockerfile is one that the builder takes', () => {
  const { stages } = parseDockerfile(readFileSync(join(copy, 'Dockerfile'), 'utf8'));
  expect(stages.map(({ name }) => name)).toEqual(['build', 'dependencies', undefined]);
});
