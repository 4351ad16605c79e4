import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../scripts/synth.ts';

const root = mkdtempSync(join(tmpdir(), 'lockstep-synthesize-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = join(root, 'cdk.out');

test('a synthesis that would give the same is not made again; another environment joins what is there', async () => {
  expect(await synthesize({ folder, bundled: false, environments: ['dev'] })).toEqual({ folder, made: true });
  expect(await synthesize({ folder, bundled: false, environments: ['dev'] })).toEqual({
    folder,
    made: false,
  });

  expect((await synthesize({ folder, bundled: false, environments: ['staging'] })).made).toBe(true);
  for (const stack of ['lockstep-dev', 'backend-dev', 'lockstep-staging', 'backend-staging']) {
    expect(existsSync(join(folder, `${stack}.template.json`))).toBe(true);
  }
  expect((await synthesize({ folder, bundled: false, environments: ['dev', 'staging'] })).made).toBe(false);
  // Nothing is left beside it.
  expect(readdirSync(root)).toEqual(['cdk.out']);
  expect(readdirSync(folder).filter((name) => /^lock$|^\.making/.test(name))).toEqual([]);
});

test('of several that begin at once one makes it, and an asset that is being read is never taken away', async () => {
  const shared = join(root, 'shared');
  const all = await Promise.all(
    [1, 2, 3].map(() => synthesize({ folder: shared, bundled: false, environments: ['dev'] })),
  );
  expect(all.map(({ made }) => made).sort()).toEqual([false, false, true]);

  const asset = join(shared, 'asset.of-an-earlier-assembly');
  mkdirSync(asset);
  await synthesize({ folder: shared, bundled: false, environments: ['dev'], force: true });
  expect(existsSync(asset)).toBe(true);
  utimesSync(asset, new Date(0), new Date(0));
  await synthesize({ folder: shared, bundled: false, environments: ['dev'], force: true });
  expect(existsSync(asset)).toBe(false);
});

test('an environment that does not exist leaves what is there alone', async () => {
  await expect(synthesize({ folder, bundled: false, environments: ['nowhere'] })).rejects.toThrow(
    'environment "nowhere" does not exist',
  );
  expect(existsSync(join(folder, 'lockstep-dev.template.json'))).toBe(true);
});
