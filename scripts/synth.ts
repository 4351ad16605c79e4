/**
 * Writes cdk.out: the stacks of every environment (or of some), with the functions' bundles. Does nothing when nothing
 * that they are made of has changed, because `npm start` comes here each time.
 *
 *   npm run synth [-- --environments NAME,NAME] [--force] [--quiet]
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Bundles } from '../infra/bundles.ts';
import { FolderInUse, takeFolder } from '../local/owner.ts';

const root = join(import.meta.dirname, '..');
/** Everything that a template or a bundle is made of. The lock file stands for node_modules. */
const INPUTS = [
  'aws',
  'core',
  'infra',
  'judge',
  'lambdas',
  'statemachine',
  'scripts/bundle.ts',
  'scripts/bundle-plugins.ts',
  'scripts/synth.ts',
  'cdk.json',
  'package.json',
  'package-lock.json',
];
/** What a cloud assembly of ours was made of; kept inside it. */
const STAMP = '.lockstep-inputs.json';
/** The files that name the others, in the order in which they are moved. */
const NAMING = ['manifest.json', STAMP];
/** Begins the name of the folder in which an assembly is made. One that a kill left goes with the next. */
const BESIDE = '.making-';

interface Stamp {
  readonly inputs: string;
  readonly environments: readonly string[];
}

export interface SynthesisOptions {
  /** Names of environments; all of them where it is left out. */
  readonly environments?: readonly string[] | undefined;
  /** Folder of the environment files. */
  readonly environmentsFolder?: string;
  readonly folder?: string;
  readonly force?: boolean;
  /** Whether the functions get their code; `false` for who looks at templates only. */
  readonly bundled?: boolean;
}

export interface Synthesis {
  /** The cloud assembly: `<stack>.template.json`, `<stack>.assets.json` and asset folders. */
  readonly folder: string;
  /** Whether it had to be made; `false` when what was there is up to date. */
  readonly made: boolean;
}

export async function synthesize(options: SynthesisOptions = {}): Promise<Synthesis> {
  const environmentsFolder = options.environmentsFolder ?? join(root, 'environments');
  const folder = options.folder ?? join(root, 'cdk.out');
  const inputs = hashOf([...INPUTS.map((input) => join(root, input)), environmentsFolder]);
  const wanted = options.environments ?? namesOf(environmentsFolder);
  const isThere = () => {
    const there = stampOf(folder);
    return there?.inputs === inputs && wanted.every((name) => there.environments.includes(name));
  };
  if (!options.force && isThere()) return { folder, made: false };

  // One at a time: several commands may be the first ones of a fresh clone, and the others then find it made.
  const release = await turnAt(folder);
  try {
    if (!options.force && isThere()) return { folder, made: false };
    const there = stampOf(folder);
    const others = there?.inputs === inputs && !options.force ? there.environments : [];
    const environments = [...new Set([...wanted, ...others])];
    await make(folder, environmentsFolder, { inputs, environments }, options.bundled !== false);
  } finally {
    release();
  }
  return { folder, made: true };
}

async function turnAt(folder: string): Promise<() => void> {
  mkdirSync(folder, { recursive: true });
  for (;;) {
    try {
      return takeFolder(folder);
    } catch (error) {
      if (!(error instanceof FolderInUse)) throw error;
      await sleep(100);
    }
  }
}

async function make(
  folder: string,
  environmentsFolder: string,
  stamp: Stamp,
  bundled: boolean,
): Promise<void> {
  const [{ buildApp }, { withBundles }, { readEnvironments }] = await Promise.all([
    import('../infra/app.ts'),
    import('../infra/bundles.ts'),
    import('../infra/environments.ts'),
  ]);
  const environments = stamp.environments.flatMap((name) => readEnvironments(environmentsFolder, name));
  const beside = mkdtempSync(join(folder, BESIDE));
  try {
    const synth = (bundles?: Bundles) => buildApp({ environments, bundles, folder: beside }).synth();
    await (bundled ? withBundles(root, synth) : synth());
    writeFileSync(join(beside, STAMP), JSON.stringify(stamp));
    moveInto(folder, beside);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/**
 * Whoever reads the assembly meanwhile must find all of it. So an asset, whose name is the hash of what it holds, is
 * added and never replaced; a template is replaced whole; what names the others comes last; and what nobody names any
 * more stays for an hour, for the reader that was sent to it a moment ago.
 */
function moveInto(folder: string, beside: string): void {
  const made = readdirSync(beside).sort((a, b) => NAMING.indexOf(a) - NAMING.indexOf(b));
  for (const name of made) {
    const target = join(folder, name);
    if (!existsSync(target) || statSync(target).isFile()) renameSync(join(beside, name), target);
  }
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (made.includes(name) || name === 'lock' || path === beside) continue;
    if (Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

function stampOf(folder: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, STAMP), 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

function namesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''))
    .sort();
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesOf)) {
    hash.update(`\0${relative(root, path)}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(path, name))
    .filter((file) => !/\.test\.ts$/.test(file) && statSync(file).isFile());
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      environments: { type: 'string' },
      force: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
    },
  });
  const started = performance.now();
  try {
    const { folder, made } = await synthesize({
      environments: values.environments?.split(','),
      force: values.force,
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const path = relative(process.cwd(), folder) || '.';
    if (!values.quiet) console.log(`${path} ${made ? `written in ${seconds} s` : 'is up to date'}.`);
  } catch (problem) {
    console.error(`error: ${problem instanceof Error ? problem.message : problem}`);
    process.exitCode = 1;
  }
}
