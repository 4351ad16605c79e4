/**
 * Writes cdk.out: the stacks of every environment (or of some), with the functions' bundles. Does nothing when nothing
 * that they are made of has changed, because `npm start` comes here each time.
 *
 *   npm run synth [-- --environments NAME,NAME] [--force] [--quiet]
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bundles } from '../infra/bundles.ts';

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
  'scripts/synth.ts',
  'cdk.json',
  'package.json',
  'package-lock.json',
];
/** What a cloud assembly of ours was made of; kept inside it. */
const STAMP = '.lockstep-inputs.json';

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
  const there = stampOf(folder);
  const same = there?.inputs === inputs && !options.force;
  const wanted = options.environments ?? namesOf(environmentsFolder);
  if (same && wanted.every((name) => there.environments.includes(name))) return { folder, made: false };

  const names = [...new Set([...wanted, ...(same ? there.environments : [])])];
  const [{ buildApp }, { withBundles }, { readEnvironments }] = await Promise.all([
    import('../infra/app.ts'),
    import('../infra/bundles.ts'),
    import('../infra/environments.ts'),
  ]);
  const environments = names.flatMap((name) => readEnvironments(environmentsFolder, name));
  // Beside it first: whoever reads the folder meanwhile finds the old assembly or the new one, never half of one.
  const beside = mkdtempSync(`${folder}-`);
  try {
    const synth = (bundles?: Bundles) => buildApp({ environments, bundles, folder: beside }).synth();
    await (options.bundled === false ? synth() : withBundles(root, synth));
    writeFileSync(join(beside, STAMP), JSON.stringify({ inputs, environments: names } satisfies Stamp));
    rmSync(folder, { recursive: true, force: true });
    renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  return { folder, made: true };
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
