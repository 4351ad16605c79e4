import type { Action, Constraint } from '../parse/action.ts';
import { factsOf } from './context.ts';
import { type Context, type Judged, rule } from './rule.ts';

/** Rows that are read in no time. */
const few = 10_000;

export default rule({
  id: 'leaving-foreign-key-unindexed',
  finds: 'A foreign key over columns that no index begins with.',
  why: 'PostgreSQL makes none by itself, and neither does Prisma: each DELETE of a row that is pointed to, and each UPDATE of its key, reads the whole table that points, while it holds its locks. With ON DELETE CASCADE it goes on from there, table by table, in one transaction. Each `include` of the relation from the other side reads it as well.',
  instead:
    '`@@index([customerId])` in the model; on a table that is in use, CREATE INDEX CONCURRENTLY in a file of its own.',
  on: ['create-table', 'add-column', 'add-constraint'],
  judge: (action, context) => {
    const { table } = action;
    const rows = factsOf(context, table)?.rows;
    if (!isKnown(action, context) || (rows !== undefined && rows !== null && rows <= few)) return undefined;
    return keysOf(action).flatMap(({ columns, references }): Judged[] => {
      if (indexed(table, columns, context)) return [];
      const target = references?.table ?? 'the other table';
      const cascade = references?.onDelete === 'cascade' ? ', and then deletes there without bound' : '';
      return [
        {
          table,
          severity: 'notice',
          why: `No index of ${table} begins with ${columns.join(', ')}: deleting a row of ${target} reads all of it${cascade}.`,
        },
      ];
    });
  },
});

type Asked = Extract<Action, { do: 'create-table' | 'add-column' | 'add-constraint' }>;

/** Its indexes are known only where it was seen to be made. */
const isKnown = (action: Asked, context: Context): boolean =>
  action.do === 'create-table'
    ? !action.temporary && action.likes.length === 0 && action.partitionOf === undefined
    : context.before.tables.get(action.table)?.known === true;

/** The foreign keys that the action makes, each with its columns. */
function keysOf(action: Asked): Constraint[] {
  const keys = (constraints: readonly Constraint[], own?: string): Constraint[] =>
    constraints
      .filter(({ kind }) => kind === 'foreign-key')
      .map((key) => (key.columns.length > 0 || own === undefined ? key : { ...key, columns: [own] }));
  switch (action.do) {
    case 'create-table':
      return [
        ...keys(action.constraints),
        ...action.columns.flatMap(({ name, constraints }) => keys(constraints, name)),
      ];
    case 'add-column':
      return keys(action.column.constraints, action.column.name);
    default:
      return keys([action.constraint]);
  }
}

/** One that is there, or that any pending statement makes, begins with one of the columns. */
function indexed(table: string, columns: readonly string[], context: Context): boolean {
  const begins = (list: readonly string[]): boolean => list[0] !== undefined && columns.includes(list[0]);
  if (pendingIndexes(context.pending).get(table)?.some(begins)) return true;
  for (const index of context.before.indexes.values())
    if (index.table === table && !index.partial && begins(index.columns)) return true;
  return false;
}

const known = new WeakMap<Context['pending'], Map<string, (readonly string[])[]>>();

/** By table; looked for once, not once for each of a thousand keys. */
function pendingIndexes(pending: Context['pending']): Map<string, (readonly string[])[]> {
  let found = known.get(pending);
  if (found) return found;
  found = new Map();
  for (const action of pending.flatMap((file) => file.statements.flatMap(({ actions }) => actions))) {
    if (!('table' in action) || action.table === undefined) continue;
    const lists = made(action);
    if (lists.length > 0) found.set(action.table, [...(found.get(action.table) ?? []), ...lists]);
  }
  known.set(pending, found);
  return found;
}

/** The columns of the indexes that an action makes on its table. */
function made(action: Action): (readonly string[])[] {
  const unique = ({ kind }: Constraint) => kind === 'primary-key' || kind === 'unique';
  switch (action.do) {
    case 'create-index':
      return action.partial ? [] : [action.columns];
    case 'add-constraint':
      return unique(action.constraint) ? [action.constraint.columns] : [];
    case 'add-column':
      return action.column.constraints.some(unique) ? [[action.column.name]] : [];
    case 'create-table':
      return [
        ...action.constraints.filter(unique).map(({ columns }) => columns),
        ...action.columns.filter(({ constraints }) => constraints.some(unique)).map(({ name }) => [name]),
      ];
    default:
      return [];
  }
}
