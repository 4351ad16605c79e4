/** The user's git repository: which commit, what it is called, what is in it, and which environments it names. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LockstepError } from '../core/errors.ts';
import type { EnvironmentFiles } from './environments.ts';

const execute = promisify(execFile);
/** Larger than any source archive that CodeBuild is a sensible tool for. */
const ARCHIVE_LIMIT = 512 * 1024 * 1024;

export interface Commit {
  /** All forty digits. */
  readonly hash: string;
  readonly subject: string;
  /** ISO 8601 with its offset. */
  readonly committedAt: string;
}

export class Repository {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async at(directory: string): Promise<Repository> {
    try {
      const { stdout } = await execute('git', ['rev-parse', '--show-toplevel'], { cwd: directory });
      return new Repository(stdout.trim());
    } catch (error) {
      throw new LockstepError('NotARepository', { path: directory }, [], { cause: error });
    }
  }

  async commit(name = 'HEAD'): Promise<Commit> {
    try {
      const { stdout } = await this.git('log', '-1', '--format=%H%x00%s%x00%cI', `${name}^{commit}`, '--');
      const [hash = '', subject = '', committedAt = ''] = stdout.trimEnd().split('\0');
      return { hash, subject, committedAt };
    } catch (error) {
      throw new LockstepError('CommitNotFound', { commit: name }, [], { cause: error });
    }
  }

  /** Whether the commit has that file or folder; `path` from the root. */
  async has(commit: string, path: string): Promise<boolean> {
    if (path === '') return true;
    const { stdout } = await this.git('ls-tree', '--full-tree', '--name-only', commit, '--', path);
    return stdout !== '';
  }

  /** Files with changes that are in no commit, ignored ones left out. */
  async dirtyFiles(): Promise<string[]> {
    const { stdout } = await this.git('status', '--porcelain');
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.slice(3));
  }

  /** Subject lines from the running commit (exclusive) to this one, newest first; undefined where git cannot tell. */
  async subjectsBetween(from: string, to: string): Promise<string[] | undefined> {
    try {
      const { stdout } = await this.git('log', '--format=%s', `${from}..${to}`, '--');
      return stdout.split('\n').filter(Boolean);
    } catch {
      return undefined;
    }
  }

  /** A zip of the commit's tree. */
  async archive(commit: string): Promise<Buffer> {
    const { stdout } = await execute('git', ['archive', '--format=zip', commit], {
      cwd: this.root,
      encoding: 'buffer',
      maxBuffer: ARCHIVE_LIMIT,
    });
    return stdout;
  }

  /** The environment files that the commit has, by name; what another commit or the working tree has does not count. */
  environments(commit: string): EnvironmentFiles {
    return {
      where: `commit ${commit.slice(0, 7)}`,
      names: async () => {
        const { stdout } = await this.git('ls-tree', '--name-only', '--full-tree', commit, 'environments/');
        return stdout.split('\n').flatMap((path) => /^environments\/(.+)\.json$/.exec(path)?.[1] ?? []);
      },
      read: (name) =>
        this.git('show', `${commit}:environments/${name}.json`).then(
          ({ stdout }) => stdout,
          () => undefined,
        ),
    };
  }

  private git(...words: string[]) {
    return execute('git', words, { cwd: this.root, maxBuffer: 64 * 1024 * 1024 });
  }
}
