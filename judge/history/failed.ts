// A migration that stands failed (P3009): what it means, which of its statements took effect, and how it is mended.
import type { AppliedRow, HistoryFinding, Migration } from '../../core/migrations.ts';
import { type ParsedMigration, parseMigration } from '../parse/statements.ts';
import { historyCatalogue } from '../schema/replay.ts';
import type { HistoryInput } from './compare.ts';
import { type Evidence, evidence } from './evidence.ts';
import { prismaVersion, wholeFileIsOneTransaction } from './prisma-version.ts';

/** The parser must be loaded (loadParser). `applied`: the files of the migrations that the database has, in order. */
export function failed(
  row: AppliedRow,
  file: Migration | undefined,
  applied: readonly Migration[],
  input: HistoryInput,
): HistoryFinding {
  const name = row.migrationName;
  const version = prismaVersion(input.prismaVersion);
  const whole = wholeFileIsOneTransaction(version);
  const parsed = file && parseMigration(file);
  const before = () => historyCatalogue(applied.map(parseMigration));
  const seen = parsed && input.facts ? evidence(parsed, input.facts, before(), version) : [];
  const took = seen.filter(({ tookEffect }) => tookEffect === true);
  const not = seen.filter(({ tookEffect }) => tookEffect === false);
  const several = whole !== true && (parsed?.statements.length ?? 2) > 1;
  const half =
    took.length > 0 ||
    seen.some(({ leftover }) => leftover) ||
    (several && (seen.length === 0 || not.length < seen.length));
  const complete = seen.length > 0 && took.length === seen.length;
  const resolve = (how: string) =>
    `lockstep migrations resolve ${name} ${how}${input.where ? ` ${input.where}` : ''}`;
  return {
    kind: half ? 'half-applied' : 'failed',
    severity: 'blocked',
    code: 'P3009',
    migration: name,
    means: `${name} failed at ${row.startedAt}, and Prisma runs nothing more until that is resolved. ${errorOf(row)}`,
    now: truth(seen, parsed, whole),
    commands: complete
      ? [`${resolve('--applied')}   # everything in it took effect`]
      : half
        ? mending(seen, resolve)
        : [`${resolve('--rolled-back')}   # it is pending again then: mend the file or the data first`],
  };
}

/** The database's own words where Prisma has kept them; its general words are the same for every failure. */
function errorOf({ logs }: AppliedRow): string {
  const lines = (logs ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const at = lines.findIndex((line) => /^Database error:?$/.test(line));
  const inline = lines
    .find((line) => /^(?:Database error: |ERROR: )/.test(line))
    ?.replace(/^Database error: /, '');
  const words = inline ?? (at < 0 ? lines.slice(0, 3).join(' ') : lines[at + 1]);
  return words || 'It left no log; the migrator was probably killed.';
}

const list = (items: readonly Evidence[]): string =>
  items.map(({ line, text }) => `line ${line} (${text})`).join(', ');

function truth(
  seen: readonly Evidence[],
  parsed: ParsedMigration | undefined,
  whole: boolean | undefined,
): string {
  if (seen.length > 0) {
    const took = seen.filter(({ tookEffect }) => tookEffect === true);
    const not = seen.filter(({ tookEffect }) => tookEffect === false);
    const unknown = seen.filter(({ tookEffect }) => tookEffect === undefined);
    const left = seen.flatMap(({ leftover, line }) => (leftover ? [`line ${line}`] : []));
    return [
      took.length === seen.length
        ? 'Every statement of it took effect.'
        : `Took effect: ${list(took) || 'nothing'}.`,
      not.length > 0 ? `Did not: ${list(not)}.` : '',
      unknown.length > 0 ? `Cannot be seen in the schema: ${list(unknown)}.` : '',
      left.length > 0 ? `Left behind: an INVALID index (${left.join(', ')}).` : '',
    ]
      .filter(Boolean)
      .join(' ');
  }
  if (parsed?.statements.length === 1)
    return 'It is one statement: nothing of it remains, unless it builds an index CONCURRENTLY.';
  return whole === true
    ? 'Before Prisma 7.4 a file is one transaction: nothing of it remains, unless it holds CONCURRENTLY or its own BEGIN … COMMIT.'
    : 'From Prisma 7.4 on each statement commits by itself: those before the failing one are applied.';
}

/** Back to before the file, the last statement first; or on to its end. */
function mending(seen: readonly Evidence[], resolve: (how: string) => string): string[] {
  const took = seen.filter(({ tookEffect }) => tookEffect === true);
  const rest = seen.find(({ tookEffect }) => tookEffect !== true);
  const stuck = took.filter(({ undo }) => undo === undefined);
  const unseen = seen.filter(({ tookEffect, undo }) => tookEffect === undefined && undo !== '');
  const finish = [
    `# or finish it${rest ? `: run what is from line ${rest.line} on` : ''} by hand, then`,
    resolve('--applied'),
  ];
  return [
    ...seen.flatMap(({ leftover, line }) =>
      leftover ? [`${leftover}   -- the INVALID index of line ${line}`] : [],
    ),
    ...unseen.map(({ line, text }) => `-- see whether line ${line} ran: ${text}`),
    ...[...took].reverse().flatMap(({ undo, line }) => (undo ? [`${undo}   -- undoes line ${line}`] : [])),
    ...stuck.map(({ line, text }) => `-- line ${line} is not undone by a statement: ${text}`),
    `${resolve('--rolled-back')}   # once the database is as before it`,
    ...finish,
  ];
}
