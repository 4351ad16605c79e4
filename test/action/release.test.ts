/** A release's tag carries the action's bundle, and nobody's branch or working tree does. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tagRelease } from '../../scripts/release.ts';

let root: string;
const git = (...words: string[]): string =>
  execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
const release = (tag = 'v1.2.3') =>
  tagRelease({ root, tag, build: async (file) => writeFileSync(file, 'the bundle\n') });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-release-test-'));
  writeFileSync(join(root, 'package.json'), '{"version": "1.2.3"}\n');
  writeFileSync(join(root, 'CHANGELOG.md'), '# Changelog\n\n## [1.2.3] - 2026-11-24\n');
  writeFileSync(join(root, '.gitignore'), 'dist/\n');
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.org');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Ready');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('the tag is the commit and the bundle, and nothing else has changed', async () => {
  const head = git('rev-parse', 'HEAD');
  const commit = await release();
  expect(git('rev-parse', 'v1.2.3^{commit}')).toBe(commit);
  expect(git('rev-parse', `${commit}^`)).toBe(head);
  expect(git('diff', '--name-only', head, commit)).toBe('action/dist/index.mjs');
  expect(git('show', 'v1.2.3:action/dist/index.mjs')).toBe('the bundle');
  expect([git('rev-parse', 'main'), git('status', '--porcelain')]).toEqual([head, '']);
});

test('what is not ready is told, and no tag is made', async () => {
  await expect(release('v2.0.0')).rejects.toThrow('the tag is v1.2.3 and not v2.0.0');
  appendFileSync(join(root, 'package.json'), '\n');
  await expect(release()).rejects.toThrow('not committed');
  writeFileSync(join(root, 'CHANGELOG.md'), '# Changelog\n\n## [Unreleased]\n');
  await expect(release()).rejects.toThrow('no section "## [1.2.3]"');
  expect(git('tag', '--list')).toBe('');
  git('checkout', '--quiet', '.');
  await release();
  await expect(release()).rejects.toThrow('is there already');
});
