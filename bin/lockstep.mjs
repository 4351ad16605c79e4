#!/usr/bin/env node
// `lockstep` and `semiont`. Runs the bundle in dist/cli, which it makes first when a source is newer.
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const LEAST = [22, 18];
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])) {
  process.stderr.write(
    `error: lockstep needs Node ${LEAST.join('.')} or newer, and this is ${process.versions.node}.\nInstall a newer one, or run \`npm run lockstep -- …\` in its folder, which brings its own.\n`,
  );
  process.exitCode = 1;
} else {
  const bundle = join(root, 'dist/cli');
  const built = modified(join(bundle, 'built'));
  // Folders only change when files come or go; every source is looked at. It is some four hundred, and takes 5 ms.
  if (newest(['cli', 'core', 'aws', 'judge'].map((folder) => join(root, folder))) > built) {
    const { buildCommand } = await import(pathToFileURL(join(root, 'scripts/build.ts')).href);
    await buildCommand();
  }
  const { runAsProcess } = await import(pathToFileURL(join(bundle, 'main.mjs')).href);
  await runAsProcess();
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(folders) {
  let latest = 0;
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      latest = Math.max(latest, entry.isDirectory() ? newest([path]) : modified(path));
    }
  }
  return latest;
}
