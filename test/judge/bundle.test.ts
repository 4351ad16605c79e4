// The judge in a bundle, as the Lambda has it: WASM and data files beside it, its thread a bundle of its own.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type BuildOptions, build } from 'esbuild';
import { cluster, externals, files, worker } from '../../judge/assets.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a bundle with the files that judge/assets.ts names judges and rehearses far from node_modules', async () => {
  const shared: BuildOptions = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: [...externals],
    logLevel: 'error',
  };
  writeFileSync(
    join(folder, 'entry.ts'),
    `import { judge } from ${JSON.stringify(join(root, 'judge/index.ts'))};
     import { migrationPolicySchema } from ${JSON.stringify(join(root, 'core/migrations.ts'))};
     const judgement = await judge({ pending: [{ name: '2', sql: 'CREATE EXTENSION citext; ALTER TABLE a ADD COLUMN x citext;' }], applied: [{ name: '1', sql: 'CREATE TABLE a (id int);' }], policy: migrationPolicySchema.parse({}), now: new Date(0), rehearse: true });
     console.log(JSON.stringify({ verdict: judgement.verdict, rehearsal: judgement.rehearsal, by: judgement.statements.map((one) => one.by) }));`,
  );
  await build({ ...shared, entryPoints: [join(folder, 'entry.ts')], outfile: join(folder, 'out/index.mjs') });
  await build({
    ...shared,
    entryPoints: [join(root, worker.entry)],
    outfile: join(folder, 'out', worker.output),
  });
  cpSync(join(root, cluster.source), join(folder, 'out', cluster.output));
  for (const pattern of files) {
    const found = globSync(pattern, { cwd: join(root, 'node_modules') });
    expect([pattern, found.length > 0]).toEqual([pattern, true]);
    for (const file of found) {
      const target = join(folder, 'out/node_modules', file);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(root, 'node_modules', file), target);
    }
  }
  const printed = execFileSync(process.execPath, [join(folder, 'out/index.mjs')], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    timeout: 60_000,
  });
  expect(JSON.parse(printed)).toMatchObject({
    verdict: 'safe',
    rehearsal: { done: true },
    by: ['rehearsal', 'rehearsal'],
  });
}, 90_000);
