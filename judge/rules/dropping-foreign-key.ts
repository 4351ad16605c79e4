import type { Action, ActionOf } from '../parse/action.ts';
import type { CatalogueConstraint } from '../schema/catalogue.ts';
import { isNew } from './context.ts';
import { type Context, rule } from './rule.ts';

/** How Prisma, PostgreSQL and most people call one. */
const called = /_fk(ey)?\d*$|^fk_/i;

export default rule({
  id: 'dropping-foreign-key',
  finds: 'A foreign key goes, and nothing takes its place.',
  why: 'From then on a row may point to one that is not there, and bringing the key back checks every row and fails on the first such one. Where it says ON DELETE CASCADE or SET NULL the release that runs now leaves that work to it: its deletes leave rows behind that nobody finds. The lock is on both tables.',
  instead:
    'Release code that deletes the rows itself first, and drop the key in the release after it. To change what it does, drop and add it in one file: the new one NOT VALID, validated in the next.',
  on: ['drop-constraint'],
  judge: (action, context) => {
    const { table, name } = action;
    const key = context.before.tables.get(table)?.constraints.get(name);
    if (key ? key.kind !== 'foreign-key' : !called.test(name)) return undefined;
    if (isNew(context, table) || replaced(action, key, context)) return undefined;
    const target = key?.references?.table ?? 'the table that it points to';
    const onDelete = key?.references?.onDelete;
    if (onDelete === 'cascade' || onDelete === 'set null' || onDelete === 'set default')
      return {
        table,
        severity: 'needs-approval',
        why: `${name} says ON DELETE ${onDelete.toUpperCase()}: without it, what the release that runs now deletes from ${target} leaves its rows in ${table} behind.`,
        consequences: ['no-rollback'],
      };
    return {
      table,
      severity: 'notice',
      why: `Without ${name} rows of ${table} may point to ones that are not there, and the key cannot come back before they are mended.`,
    };
  },
});

/** Another key over the same columns follows, or the columns (or the table) go as well. */
function replaced(
  action: ActionOf<'drop-constraint'>,
  key: CatalogueConstraint | undefined,
  context: Context,
): boolean {
  const over = key?.columns;
  const takesItsPlace = (other: Action): boolean => {
    if (other.do === 'drop') return other.what === 'table' && other.names.includes(action.table);
    if (!('table' in other) || other.table !== action.table) return false;
    if (other.do === 'drop-column') return over?.includes(other.column) === true;
    if (other.do !== 'add-constraint' || other.constraint.kind !== 'foreign-key') return false;
    return over === undefined || other.constraint.columns.join() === over.join();
  };
  return [context.statement, ...context.later.map((placed) => placed.statement)].some((statement) =>
    statement.actions.some(takesItsPlace),
  );
}
