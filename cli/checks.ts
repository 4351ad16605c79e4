/** What the guide has one run before publishing: type check, tests and build, in the project as it is on this machine. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { LockstepError } from '../core/errors.ts';

/** In this order, so that what fails soonest is told soonest; each by the first of its usual names that the project has. */
const CHECKS = [['typecheck', 'type-check', 'types', 'tsc'], ['test'], ['build']] as const;

/** What `npm init` writes for a test that nobody wrote. */
const NO_TEST = /no test specified/;
const LAST_LINES = 30;

export interface CheckOptions {
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Runs them one after the other. Throws `PreCheckFailed` with the last lines of the first that fails. */
export async function runChecks(root: string, path: string, { note, signal }: CheckOptions): Promise<void> {
  const folder = join(root, path);
  const scripts = scriptsOf(folder);
  const found = CHECKS.flatMap((names) => names.find((name) => scripts[name] !== undefined) ?? []).filter(
    (name) => !NO_TEST.test(scripts[name] ?? ''),
  );
  if (found.length === 0)
    return note('note: package.json has no typecheck, test or build script; the build checks types');
  if (!existsSync(join(folder, 'node_modules')))
    return note('note: dependencies are not installed here, so the checks are left to the build');
  for (const name of found) {
    const began = Date.now();
    note(`  npm run ${name} …`);
    const { code, lines } = await npmRun(folder, name, signal);
    if (code !== 0)
      throw new LockstepError(
        'PreCheckFailed',
        { command: `npm run ${name}`, folder: relative(root, folder) || '.' },
        lines.slice(-LAST_LINES),
      );
    note(`  npm run ${name}  ok  ${((Date.now() - began) / 1000).toFixed(1)}s`);
  }
}

function scriptsOf(folder: string): Record<string, string> {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      scripts?: Record<string, string>;
    };
    return manifest.scripts ?? {};
  } catch {
    return {};
  }
}

function npmRun(
  cwd: string,
  script: string,
  signal: AbortSignal,
): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn('npm', ['run', '--silent', script], {
    cwd,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    // What is tested here is the user's project, with none of this command's own settings.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, lines: said.trimEnd().split('\n') }));
  });
}
