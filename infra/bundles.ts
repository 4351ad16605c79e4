/** The Lambda functions' code: one folder a function, made by esbuild and shared by the stacks of all environments. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FunctionName, kebab, OTHER_FUNCTIONS, STEPS } from '../core/steps.ts';
import { bundle } from '../scripts/bundle.ts';

/** Every function of a Lockstep; `AcquireLock` is a direct call of DynamoDB and has none. */
export const FUNCTIONS: readonly FunctionName[] = [
  ...STEPS.filter((step) => step !== 'AcquireLock'),
  ...OTHER_FUNCTIONS,
];

/** Where the code of each function is. */
export type Bundles = Readonly<Record<FunctionName, string>>;

/**
 * Makes the bundles for as long as `use` needs them: the cloud assembly has copies. The folder is a new one each time,
 * so that two syntheses at once do not write over each other, and always as deep below the root, so that the source
 * maps, and with them the assets' hashes, are the same every time.
 */
export async function withBundles<Result>(
  root: string,
  use: (bundles: Bundles) => Result | Promise<Result>,
): Promise<Result> {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'bundles-'));
  try {
    const made = FUNCTIONS.map(async (name) => {
      const itsFolder = join(folder, kebab(name));
      await bundle(kebab(name), itsFolder);
      return [name, itsFolder] as const;
    });
    // All of them end before the folder goes, also when one of them fails.
    await Promise.allSettled(made);
    return await use(Object.fromEntries(await Promise.all(made)) as Record<FunctionName, string>);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
