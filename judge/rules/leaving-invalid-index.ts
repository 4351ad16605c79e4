import { bareName } from '../schema/names.ts';
import { factsOf } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'leaving-invalid-index',
  finds: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS, or an index of that name that is INVALID now.',
  why: 'A concurrent build that fails leaves an INVALID index: it slows writes and serves no query. IF NOT EXISTS then finds it and skips the build, silently.',
  instead: 'DROP INDEX CONCURRENTLY IF EXISTS in the migration before it; no IF NOT EXISTS.',
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
    return ifNotExists
      ? {
          table,
          severity: 'notice',
          why: 'If an earlier build failed, its INVALID index is found and the build is skipped, silently.',
        }
      : undefined;
  },
});
