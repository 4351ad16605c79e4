/** Environment files, wherever they are read from: a commit, for what is released; the working tree, for the rest. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Environment, parseEnvironment } from '../core/environment.ts';
import { LockstepError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

export interface EnvironmentFiles {
  /** For sentences: `commit a1b2c3d`, or a folder. */
  readonly where: string;
  names(): Promise<string[]>;
  /** The text of environments/NAME.json; undefined where there is none. */
  read(name: string): Promise<string | undefined>;
}

export interface EnvironmentFile {
  readonly environment: Environment;
  /** As it was written, without defaults. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Reads and checks one; all its problems come at once, each with its path. */
export async function readEnvironment(files: EnvironmentFiles, name: string): Promise<EnvironmentFile> {
  const text = await files.read(name);
  if (text === undefined) throw await missing(files, name);
  const json = parseJson(`environments/${name}.json`, text);
  const parsed = parseEnvironment(json);
  if ('environment' in parsed)
    return { environment: parsed.environment, json: json as Record<string, unknown> };
  const { problems } = parsed;
  const width = Math.max(...problems.map((problem) => problem.path.length));
  throw new LockstepError('EnvironmentInvalid', {
    environment: name,
    count: problems.length === 1 ? '1 problem' : `${problems.length} problems`,
    problems: problems.map((problem) => `\n  ${problem.path.padEnd(width)}  ${problem.sentence}`).join(''),
  });
}

/** The environment files of the working tree: of the nearest folder upwards that has some. */
export function environmentFilesAt(directory: string): EnvironmentFiles {
  const folder = nearestFolder(directory);
  return {
    where: folder ?? directory,
    names: async () => (folder ? namesIn(folder) : []),
    read: async (name) =>
      folder && namesIn(folder).includes(name)
        ? readFileSync(join(folder, `${name}.json`), 'utf8')
        : undefined,
  };
}

function nearestFolder(directory: string): string | undefined {
  const folder = join(directory, 'environments');
  if (namesIn(folder).length > 0) return folder;
  const parent = dirname(directory);
  return parent === directory ? undefined : nearestFolder(parent);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);
  } catch {
    return [];
  }
}

async function missing(files: EnvironmentFiles, name: string): Promise<LockstepError> {
  const names = await files.names().catch(() => []);
  const meant = nearest(name, names);
  const known =
    names.length === 0
      ? `${files.where} has no environments/*.json.`
      : `there are ${names.join(', ')}.${meant ? ` Did you mean ${meant}?` : ''}`;
  return new LockstepError('EnvironmentNotFound', { environment: name, known });
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LockstepError('EnvironmentUnreadable', { path, detail: (error as Error).message });
  }
}
