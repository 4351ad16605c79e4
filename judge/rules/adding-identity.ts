import type { Action } from '../parse/action.ts';
import { factsOf, isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'adding-identity',
  finds: 'A column that has rows becomes an identity, and its sequence is not moved past them.',
  why: 'The sequence begins at 1 whatever the rows hold: the next inserts fail with 23505 (P2002), one for every number that is taken. The sequence of a serial column that went before does not hand its place on.',
  instead:
    "Move it in the same file: `SELECT setval(pg_get_serial_sequence('orders', 'id'), (SELECT max(id) FROM orders))`, or give it a START WITH beyond the highest.",
  on: ['add-identity'],
  judge: (action, context) => {
    const { table, column } = action;
    const nullable = context.before.tables.get(table)?.columns.get(column)?.notNull === false;
    if (nullable)
      return { table, severity: 'blocked', why: `${column} must be NOT NULL first: it fails with 55000.` };
    if (isNew(context, table) || action.start || factsOf(context, table)?.rows === 0) return undefined;
    const added = context.earlier.some((placed) =>
      placed.statement.actions.some(
        (other) => other.do === 'add-column' && other.table === table && other.column.name === column,
      ),
    );
    const following = [context.statement, ...context.later.map((placed) => placed.statement)];
    // A column that was added here is filled here, if at all, and what fills it is judged by itself.
    if (added || following.some((statement) => statement.actions.some(moves))) return undefined;
    const known = context.before.tables.get(table)?.known;
    const unique = [...context.before.indexes.values()].some(
      (index) => index.table === table && index.unique && index.columns.join() === column,
    );
    if (known && !unique)
      return {
        table,
        severity: 'notice',
        why: `The sequence of ${table}.${column} begins at 1, and no unique index refuses a number that is there already.`,
      };
    return {
      table,
      severity: 'needs-approval',
      why: `The sequence of ${table}.${column} begins at 1: inserts fail with 23505 where that number is taken.`,
      help: `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), (SELECT max(${column}) FROM ${table})) in the same file.`,
      consequences: ['downtime'],
    };
  },
});

/** Which sequence it is, is often computed: any that is moved will do. */
function moves(action: Action): boolean {
  switch (action.do) {
    case 'select':
      return action.calls.some((name) => /(^|\.)setval$/.test(name));
    case 'run-code':
      return /\bsetval\b|\brestart\b/i.test(action.body);
    case 'alter-sequence':
      return action.restarts;
    case 'set-identity':
      return true;
    default:
      return false;
  }
}
