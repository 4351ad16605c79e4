/** The user's git repository: which commit, what it is called, what is in it, and which environments it names. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Environment, parseEnvironment } from '../core/environment.ts';
import { LockstepError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

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

  async environmentNames(commit: string): Promise<string[]> {
    const { stdout } = await this.git('ls-tree', '--name-only', commit, 'environments/');
    return stdout.split('\n').flatMap((path) => /^environments\/(.+)\.json$/.exec(path)?.[1] ?? []);
  }

  /** The environment file as the commit has it, read and checked; all its problems at once. */
  async environment(
    name: string,
    commit: string,
  ): Promise<{ environment: Environment; json: Record<string, unknown> }> {
    const path = `environments/${name}.json`;
    let text: string;
    try {
      text = (await this.git('show', `${commit}:${path}`)).stdout;
    } catch {
      throw await this.noEnvironment(name, commit);
    }
    const json = parseJson(path, text);
    const parsed = parseEnvironment(json);
    if ('problems' in parsed) {
      const { problems } = parsed;
      const width = Math.max(...problems.map((entry) => entry.path.length));
      const list = problems.map((entry) => `\n  ${entry.path.padEnd(width)}  ${entry.sentence}`).join('');
      throw new LockstepError('EnvironmentInvalid', {
        environment: name,
        count: problems.length === 1 ? '1 problem' : `${problems.length} problems`,
        problems: list,
      });
    }
    return { environment: parsed.environment, json: json as Record<string, unknown> };
  }

  private async noEnvironment(name: string, commit: string): Promise<LockstepError> {
    const names = await this.environmentNames(commit).catch(() => []);
    const meant = nearest(name, names);
    const known =
      names.length === 0
        ? `commit ${commit.slice(0, 7)} has no environments/*.json.`
        : `there are ${names.join(', ')}.${meant ? ` Did you mean ${meant}?` : ''}`;
    return new LockstepError('EnvironmentNotFound', { environment: name, known });
  }

  private git(...words: string[]) {
    return execute('git', words, { cwd: this.root, maxBuffer: 64 * 1024 * 1024 });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LockstepError('EnvironmentUnreadable', { path: join(path), detail: (error as Error).message });
  }
}
