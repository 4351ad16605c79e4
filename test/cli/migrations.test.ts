/** `lockstep migrations check` and `fix` as a stranger runs them: a Prisma repository of any kind, and nothing of ours in it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lockstep } from '../setup/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-stranger-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const run = (...words: string[]) =>
  lockstep(['migrations', ...words], {
    directory: folder,
    variables: { LOCKSTEP_ENV: undefined, SEMIONT_ENV: undefined },
  });
const INIT = '20260101000000_init';
const CHANGE = '20260201000000_change';
const migrations = () =>
  readdirSync(join(folder, 'prisma/migrations')).filter((name) => name !== 'migration_lock.toml');

beforeAll(() => {
  write('package.json', '{ "devDependencies": { "prisma": "^7.10.0" } }');
  write('prisma/migrations/migration_lock.toml', 'provider = "postgresql"\n');
  write(
    `prisma/migrations/${INIT}/migration.sql`,
    'CREATE TABLE "Order" ("id" SERIAL PRIMARY KEY, "note" TEXT);\n',
  );
  write(
    `prisma/migrations/${CHANGE}/migration.sql`,
    'CREATE UNIQUE INDEX "Order_note_key" ON "Order"("note");\n',
  );
});

test('is fixed, and safe afterwards by the facts as its function answers them; a second fix writes over nothing', async () => {
  const fixed = await run('fix', '--applied-through', INIT, '--write');
  expect(fixed.stdout).toContain(
    `Written. Remove prisma/migrations/${CHANGE}: the new files stand in its place.`,
  );
  expect(migrations()).toEqual([INIT, CHANGE, `${CHANGE}_1_order_note_idx`]);

  const again = await run('fix', CHANGE, '--applied-through', INIT, '--write');
  expect([again.code, again.stdout]).toEqual([1, '']);
  expect(again.stderr).toContain('is there already; nothing was written.');

  rmSync(join(folder, `prisma/migrations/${CHANGE}`), { recursive: true });
  const facts = { readAt: '2026-01-01T00:00:00Z', serverVersion: 150018, tables: {} };
  write('facts.json', JSON.stringify({ reachable: true, facts }));
  const after = await run('check', '--applied-through', INIT, '--facts', 'facts.json');
  expect(after.stdout).toMatch(/Safe\.\n$/);
  expect(after.code).toBe(0);
  expect(existsSync(join(folder, '.lockstep'))).toBe(false);
}, 60_000);

test.each([
  [['check', '--write'], '--write means nothing to `migrations check`.'],
  [['status', '--applied-through', INIT], '--applied-through means nothing to `migrations status`.'],
  [['status', 'now'], '"now" is one word too many.'],
  [['chekc'], '"chekc" is nothing that migrations can do. Did you mean check?'],
  [['resolve', INIT], 'either --applied or --rolled-back'],
  [['check', '--facts', 'package.json'], '`lockstep migrations facts` prints them.'],
])('what makes no sense is refused: %j', async (words, said) => {
  const ran = await run(...words);
  expect(ran.stderr).toContain(said);
  expect(ran.code).toBe(1);
});

test.each([
  ['downtme', 'Did you mean downtime?'],
  ['everything', 'There are downtime, no-rollback, data-loss.'],
])('what is accepted by approving has a name: %s has none', async (name, said) => {
  const ran = await lockstep(['approve', '7k2f', '--reason', 'x', '--accept', `no-rollback, ${name}`]);
  expect([ran.code, ran.stderr]).toEqual([
    1,
    expect.stringContaining(`"${name}" is no consequence. ${said}`),
  ]);
});
