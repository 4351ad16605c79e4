/**
 * The import table: what each folder may use. `npm run check` and test/imports.test.ts hold every file against it.
 *
 * The table is what keeps decisions testable without AWS, production code ignorant of the embedded AWS, and a
 * function's bundle as small as what it does.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

interface Row {
  /** Folders of ours, besides its own. */
  readonly ours: readonly string[];
  /** npm packages by name or by scope (`@aws-sdk/`); `*` for any. */
  readonly packages: readonly string[];
  /** Whether it may use Node's own modules, which do I/O. */
  readonly node: boolean;
  /** What it may not even name, with the reason. */
  readonly without?: readonly { readonly what: RegExp; readonly why: string }[];
  /** Subfolders that may not import each other. */
  readonly apart?: boolean;
  /** Folders of ours whose types it may use, and nothing else. */
  readonly types?: readonly string[];
}

/** The longest folder that a file is in gives its row. `examples` is a repository of its own and stands apart. */
export const TABLE: Readonly<Record<string, Row>> = {
  core: {
    ours: [],
    packages: ['zod'],
    node: false,
    without: [
      {
        what: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
        why: 'core has no clock: pass the time in',
      },
      { what: /\bMath\.random\(/, why: 'core decides the same way each time' },
      { what: /\bprocess\./, why: 'core has no environment' },
      { what: /\bfetch\(|\bset(Timeout|Interval)\(/, why: 'core does no I/O' },
    ],
  },
  judge: { ours: ['core'], packages: ['zod', 'libpg-query', '@electric-sql/'], node: true },
  aws: { ours: ['core'], packages: ['zod', '@aws-sdk/', '@smithy/'], node: true },
  lambdas: {
    ours: ['core', 'aws', 'judge'],
    packages: ['zod', '@aws-sdk/', '@middy/', 'pg', '@types/pg'],
    node: true,
    apart: true,
  },
  infra: { ours: ['core', 'scripts'], packages: ['aws-cdk-lib', 'constructs', 'cdk-nag'], node: true },
  cli: { ours: ['core', 'aws', 'judge'], packages: ['*'], node: true },
  console: { ours: ['core', 'aws', 'judge'], packages: ['*'], node: true },
  'console/web': { ours: ['console/web'], packages: ['*'], node: false, types: ['core', 'console'] },
  local: { ours: ['core'], packages: ['*'], node: true },
  action: { ours: ['core', 'aws', 'cli'], packages: ['*'], node: true },
  examples: { ours: [], packages: ['*'], node: true },
};

export interface Breach {
  /** `core/plan.ts:4`. */
  readonly place: string;
  readonly sentence: string;
}

export function breaches(root: string): Breach[] {
  return Object.keys(TABLE)
    .filter((folder) => !folder.includes('/') && folder !== 'examples')
    .flatMap((folder) => filesOf(join(root, folder)))
    .flatMap((path) => breachesOf(relative(root, path), readFileSync(path, 'utf8')));
}

/** Of one file, given its path below the root and its text. */
export function breachesOf(path: string, text: string): Breach[] {
  const folder = rowOf(path);
  const row = folder === undefined ? undefined : TABLE[folder];
  if (!folder || !row) return [];
  const found: Breach[] = [];
  const lines = text.split('\n');
  const at = (index: number, sentence: string) => found.push({ place: `${path}:${index + 1}`, sentence });

  for (const { index, from, typesOnly } of importsOf(lines)) {
    const problem = from.startsWith('.')
      ? problemOfFile(path, folder, row, from, typesOnly)
      : problemOfPackage(folder, row, from);
    if (problem) at(index, problem);
  }
  for (const [index, line] of lines.entries()) {
    const code = line.replace(/^\s*(\*|\/\/|\/\*).*/, '');
    for (const { what, why } of row.without ?? []) {
      if (what.test(code)) at(index, why);
    }
  }
  return found;
}

function problemOfFile(path: string, folder: string, row: Row, from: string, typesOnly: boolean) {
  const target = join(dirname(path), from).split(sep).join('/');
  const its = rowOf(target) ?? target.split('/')[0] ?? target;
  if (its === folder) {
    const [mine, other] = [path, target].map((file) => file.split(sep).join('/').split('/'));
    const bothNested = (mine?.length ?? 0) > 2 && (other?.length ?? 0) > 2;
    if (row.apart && bothNested && mine?.[1] !== other?.[1]) {
      return `${folder}/${mine?.[1]} may not import ${folder}/${other?.[1]}: what two of them need belongs into core or aws`;
    }
    return undefined;
  }
  if (row.ours.includes(its)) return undefined;
  if (row.types?.includes(its)) {
    return typesOnly ? undefined : `${folder} may use the types of ${its} and nothing else: \`import type\``;
  }
  if (its === 'local') {
    return `${folder} may not import local: production code must not know that the embedded AWS exists`;
  }
  const may = [...row.ours, ...(row.types ?? []).map((name) => `types of ${name}`)];
  return `${folder} may not import ${its}; it may import ${may.length > 0 ? may.join(', ') : 'nothing of ours'}`;
}

function problemOfPackage(folder: string, row: Row, from: string): string | undefined {
  if (from.startsWith('node:')) {
    return row.node ? undefined : `${folder} does no I/O and runs anywhere: it may not import ${from}`;
  }
  const allowed = row.packages.some(
    (name) =>
      name === '*' ||
      from === name ||
      from.startsWith(`${name}/`) ||
      (name.endsWith('/') && from.startsWith(name)),
  );
  return allowed ? undefined : `${folder} may not import ${from}; it may import ${row.packages.join(', ')}`;
}

/** The row whose folder is the longest that the path is in. */
function rowOf(path: string): string | undefined {
  const unix = path.split(sep).join('/');
  return Object.keys(TABLE)
    .filter((folder) => unix === folder || unix.startsWith(`${folder}/`))
    .sort((one, other) => other.length - one.length)[0];
}

/** Static and dynamic imports and re-exports that name their module literally. Statements may span lines. */
function* importsOf(
  lines: readonly string[],
): Generator<{ index: number; from: string; typesOnly: boolean }> {
  let typesOnly = false;
  for (const [index, line] of lines.entries()) {
    if (/^\s*(\*|\/\/)/.test(line)) continue;
    if (/^\s*(import|export)\b/.test(line)) typesOnly = /^\s*(import|export)\s+type\b/.test(line);
    const from =
      /^\s*(?:import|export|\})[^'"]*\bfrom\s+['"]([^'"]+)['"]/.exec(line)?.[1] ??
      /^\s*import\s+['"]([^'"]+)['"]/.exec(line)?.[1];
    if (from) yield { index, from, typesOnly };
    for (const [, dynamic] of line.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) {
      if (dynamic) yield { index, from: dynamic, typesOnly: false };
    }
  }
}

function filesOf(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  return names
    .filter((name) => /\.(ts|tsx|mjs|js)$/.test(name) && !/\.test\.tsx?$/.test(name))
    .filter((name) => !/(^|[\\/])(node_modules|dist)[\\/]/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const found = breaches(root);
  for (const { place, sentence } of found) console.error(`${place}  ${sentence}`);
  console.log(
    found.length === 0
      ? 'Every import is one that the table allows.'
      : `${found.length} imports are not allowed.`,
  );
  if (found.length > 0) process.exitCode = 1;
}
