/**
 * The example's own repository. `lockstep start` deploys it as a user would deploy theirs: from a git checkout of its
 * own, made of examples/backend and environments/local.json, with each further release as a commit on top.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LockstepError } from '../core/errors.ts';

const execute = promisify(execFile);

/** What `--fault` takes: the patch of the same name in examples/releases, and what is broken in it. */
export const FAULTS = {
  'build-error': 'a type error',
  'bad-migration': 'SQL that fails halfway',
  'blocked-migration': 'drops a column that the old code reads',
  'crash-on-boot': 'exits 1 at start',
  unhealthy: 'boots, but says 503',
  'never-listens': 'boots, but does not listen',
  'missing-env': 'a required variable is missing',
  'slow-boot': 'needs three times as long to start',
} as const;

export type Fault = keyof typeof FAULTS;

export function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name);
}

/** Where the example's folder is in its repository: as in ours, so that the environment file fits both. */
const FOLDER = 'examples/backend';

/**
 * Fixed author and dates: the same files give the same commit, and an image that exists for a commit is not built
 * again. Each further commit is a day later, since a release that is older than the running one is refused.
 */
const FIRST_COMMIT = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

export class ExampleRepository {
  readonly path: string;
  private readonly source: string;
  private commits = 0;

  constructor(source: string, path: string) {
    this.source = source;
    this.path = path;
  }

  /** Makes the repository anew, with the first good release as its only commit. */
  async prepare(): Promise<void> {
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(join(this.path, 'environments'), { recursive: true });
    cpSync(join(this.source, FOLDER), join(this.path, FOLDER), {
      recursive: true,
      filter: (file) => !/[\\/](node_modules|dist|generated|\.env)$/.test(file),
    });
    cpSync(join(this.source, 'environments/local.json'), join(this.path, 'environments/local.json'));
    await this.git('init', '--quiet', '--initial-branch=main');
    await this.commit('Documents and users');
  }

  /** Applies examples/releases/NAME.patch and commits it under its first line. */
  async release(name: string): Promise<void> {
    const patch = join(this.source, 'examples/releases', `${name}.patch`);
    if (!existsSync(patch)) throw new Error(`${patch} is missing: the checkout is not complete.`);
    const subject = /^Subject: (.+)$/m.exec(readFileSync(patch, 'utf8'))?.[1] ?? name;
    await this.git('apply', '--whitespace=nowarn', `--directory=${FOLDER}`, patch);
    await this.commit(subject);
  }

  private async commit(subject: string): Promise<void> {
    const date = new Date(FIRST_COMMIT + this.commits++ * DAY_MS).toISOString();
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--no-verify', '--message', subject, {
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    });
  }

  private async git(...words: (string | Record<string, string>)[]): Promise<void> {
    const extra = words.filter((word) => typeof word === 'object');
    const args = words.filter((word) => typeof word === 'string');
    const who = {
      GIT_AUTHOR_NAME: 'Example',
      GIT_AUTHOR_EMAIL: 'example@localhost',
      GIT_COMMITTER_NAME: 'Example',
      GIT_COMMITTER_EMAIL: 'example@localhost',
    };
    // The user's own configuration (signing, hooks, line endings) must not change what the commit is.
    const isolated = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
    try {
      await execute('git', args, {
        cwd: this.path,
        env: { ...process.env, ...isolated, ...who, ...Object.assign({}, ...extra) },
      });
    } catch (error) {
      const { code, stderr } = error as { code?: string; stderr?: string };
      if (code === 'ENOENT')
        throw new LockstepError('UsageError', {
          problem: 'git is not installed.',
          help: 'Lockstep needs Node 20 or newer, npm and git.',
        });
      throw new Error(`git ${args[0]} failed in ${this.path}: ${stderr ?? (error as Error).message}`);
    }
  }
}
