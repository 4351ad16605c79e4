import { columnsOf, modelOfTable } from '../compatibility/prisma.ts';
import type { Action, ActionOf } from '../parse/action.ts';
import type { CatalogueColumn } from '../schema/catalogue.ts';
import { isNew } from './context.ts';
import { type Context, type Judged, rule } from './rule.ts';

type Dropped = ActionOf<'drop-default' | 'drop-identity'>;

export default rule({
  id: 'dropping-default',
  finds:
    'A default goes that the release which runs now leaves to the database: a sequence, an identity, dbgenerated(), or that of a column it does not know.',
  why: 'Prisma sends static defaults, now() and uuid() itself; autoincrement() and dbgenerated() it leaves out. Without the default its inserts fail (P2011).',
  instead: 'Release code that sends the value first.',
  on: ['drop-default', 'drop-identity'],
  judge: (action, context) => {
    const { table, column } = action;
    if (requiredWithout(action, context))
      return {
        table,
        severity: 'needs-approval',
        why: `${column} is required, and nothing gives it a value any more: the release that runs now does not know it, so its inserts into ${table} fail (23502).`,
        help: `Leave the default until every release that runs sends ${column}.`,
        consequences: ['downtime', 'no-rollback'],
      };
    const known = context.before.tables.get(table)?.columns.get(column);
    if (isNew(context, table) || known?.notNull === false) return undefined;
    if (!context.oldClient) return unknownClient(action, context, known);
    const model = modelOfTable(context.oldClient, table);
    const field = model && columnsOf(model).find((item) => item.column === column);
    if (!field || replaced(action, context) || (field.default !== 'sequence' && field.default !== 'database'))
      return undefined;
    return {
      table,
      severity: 'needs-approval',
      why: `The release that runs now leaves ${column} to the database: its inserts into ${table} fail (P2011).`,
      consequences: ['downtime', 'no-rollback'],
    };
  },
});

/** Prisma sends what is static itself; what only the database makes has to come from there, whoever asks. */
function unknownClient(
  action: Dropped,
  context: Context,
  column: CatalogueColumn | undefined,
): Judged | undefined {
  const what = `${action.table}.${action.column}`;
  if (replaced(action, context) || (column && column.default !== 'sequence')) return undefined;
  return column
    ? {
        table: action.table,
        severity: 'needs-approval',
        why: `${what} got its value from a sequence: whoever leaves it out fails from that moment on (23502).`,
        consequences: ['downtime', 'no-rollback'],
      }
    : {
        table: action.table,
        severity: 'notice',
        why: `Where ${what} is required, whoever leaves it out fails from that moment on (23502); what it is, no migration says.`,
      };
}

/** The same statement or a later one gives it a value again. */
const replaced = (action: Dropped, context: Context): boolean =>
  [context.statement, ...context.later.map((placed) => placed.statement)].some((statement) =>
    statement.actions.some(
      (other) =>
        (other.do === 'add-identity' || other.do === 'set-default') &&
        other.table === action.table &&
        other.column === action.column,
    ),
  );

/** The default only filled the rows that were there: the column is new, required, and left without one. */
function requiredWithout(action: Dropped, context: Context): boolean {
  const { table, column } = action;
  if (isNew(context, table) || context.before.tables.get(table)?.columns.get(column)?.notNull !== true)
    return false;
  const concerns = (other: Action): boolean =>
    'table' in other && other.table === table && 'column' in other && nameOf(other.column) === column;
  const added = context.earlier.some((placed) =>
    placed.statement.actions.some((other) => other.do === 'add-column' && concerns(other)),
  );
  const mended = context.later.some((placed) =>
    placed.statement.actions.some(
      (other) =>
        ['set-default', 'drop-not-null', 'drop-column', 'add-identity'].includes(other.do) && concerns(other),
    ),
  );
  return added && !mended;
}

const nameOf = (column: string | { name: string }): string =>
  typeof column === 'string' ? column : column.name;
