import type { ParsedMigration } from '../parse/statements.ts';
import { bareName } from '../schema/names.ts';
import { factsOf, isNew } from './context.ts';
import { rule } from './rule.ts';

/** As core/migration-decision.ts has it: beside such files alone it runs without a lock time-out. A view's REFRESH is none. */
const waitsAlone = (file: ParsedMigration): boolean =>
  file.statements.every((statement) =>
    statement.actions.every(
      (action) =>
        (action.do === 'create-index' || action.do === 'drop' || action.do === 'reindex') &&
        action.concurrently,
    ),
  );

export default rule({
  id: 'leaving-invalid-index',
  finds:
    'CREATE INDEX CONCURRENTLY with IF NOT EXISTS or beside files of another kind, or an index of that name that is INVALID now.',
  why: 'A concurrent build that fails leaves an INVALID index: it slows writes and serves no query. IF NOT EXISTS then finds it and skips the build, silently.',
  instead:
    'DROP INDEX CONCURRENTLY IF EXISTS in the migration before it; no IF NOT EXISTS; and a release of its own.',
  on: ['create-index'],
  judge: ({ table, name, concurrently, ifNotExists }, context) => {
    if (!concurrently || name === undefined) return undefined;
    const there = factsOf(context, table)?.indexes.find((index) => index.name === bareName(name));
    const goes = context.earlier.some((placed) =>
      placed.statement.actions.some(
        (action) =>
          action.do === 'drop' &&
          action.what === 'index' &&
          action.names.map(bareName).includes(bareName(name)),
      ),
    );
    if (there && !there.valid && !goes)
      return {
        table,
        severity: 'blocked',
        why: `${name} is there and INVALID, left by a build that failed: ${ifNotExists ? 'IF NOT EXISTS would skip it silently' : 'it fails with 42P07'}.`,
        help: `DROP INDEX CONCURRENTLY ${name};`,
      };
    if (ifNotExists)
      return {
        table,
        severity: 'notice',
        why: 'If an earlier build failed, its INVALID index is found and the build is skipped, silently.',
      };
    const beside = context.pending.find((file) => file !== context.file && !waitsAlone(file));
    return beside && !isNew(context, table)
      ? {
          table,
          severity: 'notice',
          why: `Beside ${beside.name} it has the lock time-out of ${context.policy.lockTimeout}: any transaction that is older and longer ends the build, and leaves ${name} INVALID.`,
          help: 'Release it by itself: alone it waits as long as it takes, and keeps nobody out meanwhile.',
        }
      : undefined;
  },
});
