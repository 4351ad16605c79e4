/**
 * The Lambda functions' code: one folder a function, made by esbuild once and shared by the stacks of all
 * environments. Kept in `dist/bundles`, so that a function whose sources did not change is not a new asset.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FunctionName, kebab, OTHER_FUNCTIONS, STEPS } from '../core/steps.ts';

/** Every function of a Lockstep; `AcquireLock` is a direct call of DynamoDB and has none. */
export const FUNCTIONS: readonly FunctionName[] = [
  ...STEPS.filter((step) => step !== 'AcquireLock'),
  ...OTHER_FUNCTIONS,
];

/** Where the code of each function is. */
export type Bundles = Readonly<Record<FunctionName, string>>;

export async function bundleAll(root: string): Promise<Bundles> {
  const folders = await Promise.all(
    FUNCTIONS.map(async (name) => {
      const folder = join(root, 'dist', 'bundles', kebab(name));
      await mkdir(folder, { recursive: true });
      await bundleOne(root, kebab(name), folder);
      return [name, folder] as const;
    }),
  );
  return Object.fromEntries(folders) as Record<FunctionName, string>;
}

async function bundleOne(root: string, name: string, folder: string): Promise<void> {
  const script = join(root, 'scripts', 'bundle.ts');
  if (existsSync(script) && existsSync(join(root, 'lambdas', name))) {
    const { bundle } = await import(script);
    await bundle(name, folder);
    return;
  }
  await writeFile(
    join(folder, 'index.js'),
    `exports.handler = async () => { throw new Error('${name} has no code'); };\n`,
  );
}
