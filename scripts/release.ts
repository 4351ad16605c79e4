/**
 * Makes a release's tag, `node scripts/release.ts v0.1.0`: the commit that is checked out and, on top of it, the action's bundle, which
 * no branch carries. A workflow that uses the action at the tag installs nothing. Nothing is pushed, and neither the working
 * tree nor a branch is touched.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAction } from './build-action.ts';

const BUNDLE = 'action/dist/index.mjs';

export interface Release {
  readonly root: string;
  readonly tag: string;
  /** Writes the bundle into this file. */
  readonly build: (file: string) => Promise<unknown>;
}

/** The hash of the commit that the tag names. Throws where the tree, the version or the changelog is not ready. */
export async function tagRelease({ root, tag, build }: Release): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-release-'));
  // An index of its own: the bundle is ignored, and must not be staged where somebody works.
  const env = { ...process.env, GIT_INDEX_FILE: join(folder, 'index') };
  const git = (...words: string[]) =>
    execFileSync('git', words, {
      cwd: root,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  try {
    requireReady(root, tag, git);
    const file = join(folder, 'index.mjs');
    await build(file);
    git('read-tree', 'HEAD');
    git('update-index', '--add', '--cacheinfo', `100644,${git('hash-object', '-w', file)},${BUNDLE}`);
    const commit = git(
      'commit-tree',
      git('write-tree'),
      '-p',
      'HEAD',
      '-m',
      `${tag}, with the action’s bundle`,
    );
    git('tag', '--annotate', '--message', tag, tag, commit);
    return commit;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function requireReady(root: string, tag: string, git: (...words: string[]) => string): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  if (tag !== `v${version}`)
    throw new Error(`package.json says ${version}, so the tag is v${version} and not ${tag}.`);
  if (!readFileSync(join(root, 'CHANGELOG.md'), 'utf8').includes(`\n## [${version}]`))
    throw new Error(
      `CHANGELOG.md has no section "## [${version}]": give what is unreleased its version and date.`,
    );
  git('read-tree', 'HEAD');
  if (git('status', '--porcelain', '--untracked-files=no'))
    throw new Error('There are changes that are not committed: a release is of a commit.');
  if (git('tag', '--list', tag)) throw new Error(`The tag ${tag} is there already.`);
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const tag = process.argv[2] ?? '';
  try {
    const commit = await tagRelease({ root, tag, build: buildAction });
    console.log(`${tag} is ${commit}, with ${BUNDLE}. Push it: git push origin ${tag}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
