/** `lockstep migrations check` and `fix`: judge the files of a repository, and write them anew where that makes them safe. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import {
  exitCode,
  type Fix,
  type FixFile,
  type Format,
  fix,
  formats,
  loadParser,
  render,
} from '../../judge/index.ts';
import { flag, type Invocation, text } from '../command.ts';
import { judgeFolder } from './files.ts';

const VERSION = '0.1.0';

export async function checkMigrations(invocation: Invocation, folder: string | undefined): Promise<number> {
  const format = formatOf(invocation);
  const { judgement, pending } = await judgeFolder(invocation, folder);
  process.stdout.write(render(judgement, format, VERSION));
  if (format === 'text' && !given(invocation))
    process.stdout.write(
      `Every migration (${pending.length}) counts as pending, on an empty database; --base origin/main or --applied-through NAME says what the database has.\n`,
    );
  return exitCode(judgement);
}

/** Whether anything says what the database has. */
const given = (invocation: Invocation): boolean =>
  ['applied-through', 'base'].some((option) => text(invocation, option) !== undefined);

function formatOf(invocation: Invocation): Format {
  const given = text(invocation, 'format') ?? (flag(invocation, 'json') ? 'json' : 'text');
  const known = formats.find((format) => format === given);
  if (known) return known;
  throw new LockstepError('UsageError', {
    problem: `there is no format "${given}".`,
    help: `There are ${formats.join(', ')}.`,
  });
}

/** What is for a later release waits beside the migrations, where Prisma does not look. */
const LATER = 'migrations-later';

export async function fixMigrations(invocation: Invocation, name: string | undefined): Promise<number> {
  const { repository, pending, judgement } = await judgeFolder(
    invocation,
    undefined,
    given(invocation) ? undefined : name,
  );
  const wanted = name === undefined ? pending : pending.filter((migration) => migration.name === name);
  if (name !== undefined && wanted.length === 0)
    throw new LockstepError('UsageError', {
      problem: `there is no pending migration "${name}".`,
      help: 'Applied ones are never touched; --applied-through says which are.',
    });
  await loadParser();
  const fixes = fix(wanted, judgement);
  const migrations = repository.migrationsFolder ?? '';
  const pathOf = ({ name, when }: FixFile) =>
    when === 'this-release'
      ? join(migrations, name, 'migration.sql')
      : join(dirname(migrations), LATER, name, 'migration.sql');
  const shown = (path: string) => relative(invocation.directory, path);
  const write = flag(invocation, 'write');
  if (write)
    requireAbsent(
      fixes.flatMap(({ files }) => files.map(pathOf)),
      shown,
    );
  if (flag(invocation, 'json')) {
    for (const one of fixes)
      process.stdout.write(`${JSON.stringify({ type: 'fix', written: write, ...one })}\n`);
  } else if (fixes.length === 0) {
    process.stdout.write(
      `There is nothing to fix.${given(invocation) || name ? '' : ' On an empty database, that is; --base origin/main or --applied-through NAME says what yours has.'}\n`,
    );
  } else {
    for (const one of fixes) process.stdout.write(`${fixText(one, (file) => shown(pathOf(file)))}\n`);
    process.stdout.write(
      write
        ? writtenText(fixes, (name) => shown(join(migrations, name)))
        : 'Nothing was written; --write does.\n',
    );
  }
  if (write) for (const { files } of fixes) for (const file of files) create(pathOf(file), file.sql);
  return 0;
}

/** Before the first is written: half of them would be worse than none. */
function requireAbsent(paths: readonly string[], shown: (path: string) => string): void {
  const there = paths.find((path) => existsSync(path));
  if (there)
    throw new LockstepError('UsageError', {
      problem: `${shown(there)} is there already; nothing was written.`,
      help: 'It was fixed before: remove the migration that these files stand for, or these files.',
    });
}

function writtenText(fixes: readonly Fix[], pathOf: (migration: string) => string): string {
  const later = fixes.some(({ files }) => files.some(({ when }) => when !== 'this-release'));
  return [
    `Written. Remove ${fixes.map(({ migration }) => pathOf(migration)).join(', ')}: the new files stand in its place.`,
    ...(later
      ? [
          `What is in ${LATER}/ waits where Prisma does not look. With the release that each is for, move it into the migrations under a name that begins with that day: a new database runs them by name.`,
        ]
      : []),
    '',
  ].join('\n');
}

function fixText({ migration, files, left }: Fix, pathOf: (file: FixFile) => string): string {
  return [
    `${migration} as ${files.length} ${files.length === 1 ? 'migration' : 'migrations'}`,
    ...files.flatMap((file) => [
      '',
      `-- ${file.when.replace('-', ' ')}: ${pathOf(file)}`,
      file.sql.trimEnd(),
    ]),
    ...left.flatMap(({ rule, line, why, help }) => [
      '',
      `${rule} at line ${line} has no safe form: ${why}`,
      ...(help ? [help] : []),
    ]),
    '',
  ].join('\n');
}

/** Never over a file that is there. */
function create(path: string, sql: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, sql, { flag: 'wx' });
}
