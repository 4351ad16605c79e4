// What is left out of a function's bundle: the rest must be what it was.
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { bundle } from '../../scripts/bundle.ts';
import { shortErrors } from '../../scripts/bundle-plugins.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = { bundle: true, platform: 'node', format: 'esm', logLevel: 'error' } as const;
type Errors = Record<string, new (options: object) => Error & Record<string, unknown>>;

test('an error of a client is the same in a bundle: its id, name, fault, fields and whether it may be tried again', async () => {
  const files = globSync('node_modules/@aws-sdk/client-*/dist-es/models/errors.js', { cwd: root });
  expect(files.length).toBeGreaterThan(15);
  const entryPoints = Object.fromEntries(
    files.map((file) => [file.split('/')[2], join(root, file)] as const),
  );
  const all = { ...options, entryPoints, mainFields: ['module', 'main'] };
  const short = await build({
    ...all,
    outdir: join(folder, 'short'),
    outExtension: { '.js': '.mjs' },
    plugins: [shortErrors],
    metafile: true,
  });
  await build({ ...all, outdir: join(folder, 'whole'), outExtension: { '.js': '.mjs' } });
  for (const client of Object.keys(entryPoints)) {
    const load = async (kind: string) =>
      (await import(pathToFileURL(join(folder, kind, `${client}.mjs`)).href)) as Errors;
    const told = (errors: Errors) => Object.entries(errors).map(([name, Class]) => describe(name, Class));
    expect(told(await load('short'))).toEqual(told(await load('whole')));
  }
  expect(Object.keys(short.metafile.outputs)).toHaveLength(files.length);
});

function describe(name: string, Class: Errors[string] & { shapeId?: string }) {
  const given = new Proxy(
    { message: 'm', $metadata: { requestId: '1' } },
    { get: (real, key) => Reflect.get(real, key) ?? (typeof key === 'string' ? `its ${key}` : undefined) },
  );
  const error = new Class(given);
  const own = Object.fromEntries(Object.entries(error).map(([key, value]) => [key, JSON.stringify(value)]));
  return { name, id: Class.shapeId, own, itself: error instanceof Class, message: error.message };
}

test('nothing but Node’s own modules is imported late: a bundler would keep all of a package for it', async () => {
  const { inputs, outputs } = await bundle('plan', join(folder, 'plan'));
  const kept = Object.values(outputs).find(({ entryPoint }) => entryPoint)?.inputs ?? {};
  const late = Object.entries(inputs).flatMap(([file, { imports }]) =>
    (kept[file]?.bytesInOutput ?? 0) > 0
      ? imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => path)
      : [],
  );
  expect(late.filter((path) => !path.startsWith('plain-builtins:'))).toEqual([
    'no-event-streams:no-event-streams',
  ]);
});
