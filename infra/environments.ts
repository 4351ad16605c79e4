/** The environment files, read and judged: a file with a problem stops the synthesis with all of its problems. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Environment, parseEnvironment } from '../core/environment.ts';
import { nearest } from '../core/nearest.ts';

export interface NamedEnvironment {
  readonly name: string;
  readonly environment: Environment;
}

/** Every `<name>.json` of the folder in alphabetical order, or the one that is asked for. */
export function readEnvironments(folder: string, only?: string): NamedEnvironment[] {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
  if (names.length === 0) throw new Error(`${folder} has no environment file; \`lockstep init\` writes one.`);
  if (only !== undefined && !names.includes(only)) {
    const meant = nearest(only, names);
    throw new Error(
      `environment "${only}" does not exist; there are ${names.join(', ')}.${meant ? ` Did you mean ${meant}?` : ''}`,
    );
  }
  return names
    .filter((name) => only === undefined || name === only)
    .map((name) => ({ name, environment: readEnvironment(join(folder, `${name}.json`)) }));
}

function readEnvironment(path: string): Environment {
  const parsed = parseEnvironment(JSON.parse(readFileSync(path, 'utf8')));
  if ('environment' in parsed) return parsed.environment;
  const lines = parsed.problems.map((problem) => `  ${problem.path}  ${problem.sentence}`);
  throw new Error(`${path} has ${parsed.problems.length} problems\n${lines.join('\n')}`);
}
