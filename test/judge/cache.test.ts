// Kept bases: what they add up to, whose they are, how many there are. And the cluster that every rehearsal starts from.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadParser } from '../../judge/index.ts';
import { parseMigration } from '../../judge/parse/statements.ts';
import { baseKey, folderCache, pack, unpack } from '../../judge/rehearse/cache.ts';
import { emptyCluster, pgliteVersion } from '../../judge/rehearse/empty.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-cache-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a base comes back as it was put, with what is known of it', () => {
  const packed = pack(bytes('snap\nshot'), { failures: ['ü\n'] });
  const { beside, snapshot } = unpack(packed as Uint8Array) ?? {};
  expect(beside).toEqual({ failures: ['ü\n'] });
  expect(Buffer.from(snapshot ?? []).toString()).toBe('snap\nshot');
});

test.each<[string, (packed: Uint8Array) => Uint8Array]>([
  ['empty', () => new Uint8Array()],
  ['cut off', (packed) => packed.slice(0, -1)],
  ['longer', (packed) => Buffer.concat([packed, bytes('x')])],
  [
    'changed in one bit',
    (packed) => packed.map((byte, index) => (index === packed.length - 1 ? byte ^ 1 : byte)),
  ],
  ['of another version', (packed) => bytes(Buffer.from(packed).toString().replace(pgliteVersion, '0.0.1'))],
  ['of something else', () => bytes('{"format":1}\n{}\nx')],
  ['without lines', () => bytes('{}')],
])('a base that is %s counts as absent', (_, spoil) => {
  expect(unpack(spoil(pack(bytes('snapshot'), {}) as Uint8Array))).toBeUndefined();
});

test('a base of more than 64 MiB is not kept', () => {
  expect(pack(new Uint8Array(64 * 1024 * 1024 + 1), {})).toBeUndefined();
});

test('a folder keeps the dozen bases that were used last', async () => {
  const own = join(folder, 'bases');
  const cache = folderCache(own);
  mkdirSync(own);
  for (let index = 0; index < 12; index += 1) {
    await cache.put(`k${index}`, bytes('x'));
    utimesSync(join(own, `k${index}.base`), index, index);
  }
  // It is the oldest by far, and was asked for a moment ago.
  expect(await cache.get('k0')).toBeDefined();
  await cache.put('k12', bytes('x'));
  const kept = readdirSync(own);
  expect(kept).toHaveLength(12);
  expect(kept).toContain('k0.base');
  expect(kept).not.toContain('k1.base');
});

test('a folder that cannot be written stops nobody', async () => {
  const cache = folderCache(join(import.meta.filename, 'no-folder'));
  await cache.put('key', bytes('x'));
  expect(await cache.get('key')).toBeUndefined();
});

test('another history, another order and another extension are other bases', async () => {
  await loadParser();
  const [a, b] = [
    parseMigration({ name: '1', sql: 'SELECT 1;' }),
    parseMigration({ name: '2', sql: 'SELECT 2;' }),
  ];
  const keys = [baseKey([a, b], []), baseKey([b, a], []), baseKey([a], []), baseKey([a, b], ['citext'])];
  expect(new Set(keys).size).toBe(4);
  expect(baseKey([a, b], ['citext', 'hstore'])).toBe(baseKey([a, b], ['hstore', 'citext']));
});

test('the empty cluster was made by the PGlite that is installed (scripts/empty-cluster.ts makes it anew)', () => {
  const manifest = join(import.meta.dirname, '../../node_modules/@electric-sql/pglite/package.json');
  expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe(pgliteVersion);
  expect(emptyCluster()?.length).toBeGreaterThan(10_000_000);
});
