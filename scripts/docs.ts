/**
 * Writes the documents that are made from code, so that they cannot say anything else: `npm run docs`.
 * Each module of scripts/docs/ exports `files()`, which gives texts by path below the root. test/docs.test.ts fails
 * when what is on disk differs.
 *
 *   npm run docs [-- --check]
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');

type Files = Readonly<Record<string, string>>;

/** Every generated document, by path below the root. */
export async function generated(): Promise<Files> {
  const folder = join(import.meta.dirname, 'docs');
  const modules = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const all = await Promise.all(
    modules.map(async (name) => {
      const { files } = (await import(pathToFileURL(join(folder, name)).href)) as {
        files?: () => Files | Promise<Files>;
      };
      return (await files?.()) ?? {};
    }),
  );
  return Object.assign({}, ...all);
}

/** Paths of those whose text on disk is another. */
export async function outdated(): Promise<string[]> {
  return Object.entries(await generated())
    .filter(([path, text]) => {
      const file = join(root, path);
      return !existsSync(file) || readFileSync(file, 'utf8') !== text;
    })
    .map(([path]) => path);
}

if (import.meta.main) {
  const stale = await outdated();
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`${path} is out of date; \`npm run docs\` writes it.`);
    if (stale.length > 0) process.exitCode = 1;
  } else {
    const all = await generated();
    for (const path of stale) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), all[path] ?? '');
      console.log(`${path} written.`);
    }
    if (stale.length === 0) console.log('Every generated document is up to date.');
  }
}
