/**
 * Writes cdk.out: the stacks of every environment (or of one), with the functions' bundles. Does nothing when nothing
 * that they are made of has changed, because `npm start` comes here each time.
 *
 *   npm run synth [-- --environment NAME] [--force]
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
/** Everything that a template or a bundle is made of. The lock file stands for node_modules. */
const INPUTS = [
  'aws',
  'core',
  'environments',
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

export interface Synthesis {
  /** The cloud assembly: `<stack>.template.json`, `<stack>.assets.json` and asset folders. */
  readonly folder: string;
  /** Whether it had to be made; `false` when what was there is up to date. */
  readonly made: boolean;
}

export async function synthesize(
  options: {
    environment?: string | undefined;
    environmentsFolder?: string;
    folder?: string;
    force?: boolean;
  } = {},
): Promise<Synthesis> {
  const environmentsFolder = options.environmentsFolder ?? join(root, 'environments');
  const folder = options.folder ?? join(root, 'cdk.out');
  const stamp = join(folder, '.lockstep-inputs');
  const inputs = hashOf(
    [...INPUTS.map((input) => join(root, input)), environmentsFolder],
    options.environment ?? '*',
  );
  const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs;
  if (fresh && !options.force) return { folder, made: false };

  const [{ buildApp }, { bundleAll }, { readEnvironments }] = await Promise.all([
    import('../infra/app.ts'),
    import('../infra/bundles.ts'),
    import('../infra/environments.ts'),
  ]);
  const environments = readEnvironments(environmentsFolder, options.environment);
  const bundles = await bundleAll(root);
  // What an earlier synthesis left would look like a stack of today.
  rmSync(folder, { recursive: true, force: true });
  buildApp({ environments, bundles, folder }).synth();
  writeFileSync(stamp, inputs);
  return { folder, made: true };
}

function hashOf(paths: readonly string[], salt: string): string {
  const hash = createHash('sha256').update(salt);
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
    .filter((file) => statSync(file).isFile() && !/\.test\.ts$/.test(file));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { environment: { type: 'string' }, force: { type: 'boolean', default: false } },
  });
  const started = performance.now();
  try {
    const { folder, made } = await synthesize(values);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `${relative(process.cwd(), folder) || '.'} ${made ? `written in ${seconds} s` : 'is up to date'}.`,
    );
  } catch (problem) {
    console.error(`error: ${problem instanceof Error ? problem.message : problem}`);
    process.exitCode = 1;
  }
}
