/** `lockstep migrations check` and `fix` as a stranger runs them: a Prisma repository of any kind, and nothing of ours in it. */
import { execFileSync } from 'node:child_process';
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

describe('against a commit', () => {
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], { cwd: folder });
  const DROP = '20260301000000_drop';
  beforeAll(() => {
    const model = 'model Order {\n  id Int @id @default(autoincrement())\n  note String?\n}\n';
    write('prisma/schema.prisma', `datasource db {\n  provider = "postgresql"\n}\n${model}`);
    git('init', '--quiet', '--initial-branch=main');
    git('add', '--all');
    git('commit', '--quiet', '--message=all of it');
    write(`prisma/migrations/${DROP}/migration.sql`, 'ALTER TABLE "Order" DROP COLUMN "note";\n');
    write(
      'prisma/schema.prisma',
      `datasource db {\n  provider = "postgresql"\n}\n${model.replace(/ +note.*\n/, '')}`,
    );
  });

  test('pending is what it does not have, and its schema is the old code’s', async () => {
    const checked = await run('check', '--base', 'main');
    expect(checked.stdout).toContain(`${DROP}/migration.sql`);
    expect(checked.stdout).toContain('1 statement:');
    expect(checked.stdout).toMatch(/old code {3}incompatible: .*Order\.note \(P2022\)/);
    expect(checked.stdout).not.toContain('counts as pending, on an empty database');
    expect(checked.code).toBe(10);
  });

  test('one that it has and that was edited since is refused, with the line that takes it back', async () => {
    const path = `prisma/migrations/${INIT}/migration.sql`;
    write(path, 'CREATE TABLE "Order" ("id" SERIAL PRIMARY KEY);\n');
    const checked = await run('check', '--base', 'main', 'prisma');
    git('checkout', 'main', '--', path);
    expect(checked.stderr).toContain(`${path} is not what it is at main`);
    expect(checked.stderr).toContain(`git checkout main -- ${path}`);
    expect(checked.code).toBe(10);
  });

  test('that does not exist, or beside --applied-through, is refused', async () => {
    expect(await run('check', '--base', 'nowhere')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nowhere'),
    });
    expect(await run('check', '--base', 'main', '--applied-through', INIT)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('both say what the database has'),
    });
  });

  test('that has no such folder yet has nothing applied', async () => {
    write('apps/new/package.json', '{}');
    write('apps/new/prisma/migrations/migration_lock.toml', 'provider = "postgresql"\n');
    write('apps/new/prisma/migrations/20260401000000_first/migration.sql', 'CREATE TABLE a (id int);\n');
    const checked = await run('check', 'apps/new', '--base', 'main');
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('1 statement: 1 fine')]);
  });

  test('in a monorepo paths begin where who reads them stands: GitHub at the root, a person in his folder', async () => {
    write('apps/api/package.json', '{}');
    write('apps/api/prisma/migrations/migration_lock.toml', 'provider = "postgresql"\n');
    write('apps/api/prisma/migrations/20260401000000_gone/migration.sql', 'DROP TABLE "Order";\n');
    const directory = join(folder, 'apps/api');
    const file = 'prisma/migrations/20260401000000_gone/migration.sql';
    const told = (...words: string[]) => lockstep(['migrations', 'check', ...words], { directory });
    expect((await told()).stdout).toMatch(new RegExp(`^${file}\n`));
    expect((await told('--format', 'github')).stdout).toContain(`file=apps/api/${file},line=1`);
  });

  test('a migration that is named for fix is taken for the first that is pending', async () => {
    const fixed = await run('fix', DROP);
    expect(fixed.stdout).toContain(`${DROP} as `);
    expect(fixed.stdout).toContain('migrations-later');
  });
});

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
