// What today's rows are asked for the columns that pending statements constrain: one row at most, and never its values.
import type { ProbeFacts } from '../../core/migrations.ts';
import { alone, clauseOf } from '../fix/text.ts';
import type { Constraint } from '../parse/action.ts';
import { calls } from '../parse/nodes.ts';
import type { ParsedMigration, Statement } from '../parse/statements.ts';

export type Probe = Pick<ProbeFacts, 'kind' | 'table' | 'columns'> & { sql: string };

const quoted = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
const one = (kind: Probe['kind'], table: string, columns: readonly string[], condition: string): Probe => ({
  kind,
  table,
  columns: [...columns],
  sql: `SELECT 1 FROM ${quoted(table)} WHERE ${condition} LIMIT 1`,
});

const nulls = (table: string, column: string): Probe =>
  one('nulls', table, [column], `${quoted(column)} IS NULL`);

function duplicates(table: string, columns: readonly string[]): Probe {
  const names = columns.map(quoted);
  const present = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  return {
    kind: 'duplicates',
    table,
    columns: [...columns],
    sql: `SELECT 1 FROM ${quoted(table)} WHERE ${present} GROUP BY ${names.join(', ')} HAVING count(*) > 1 LIMIT 1`,
  };
}

function orphans(table: string, constraint: Constraint): Probe[] {
  const target = constraint.references;
  if (!target || target.columns.length !== constraint.columns.length) return [];
  const pairs = constraint.columns
    .map((column, index) => `there.${quoted(target.columns[index] ?? '')} = here.${quoted(column)}`)
    .join(' AND ');
  const present = constraint.columns.map((column) => `here.${quoted(column)} IS NOT NULL`).join(' AND ');
  return [
    {
      kind: 'orphans',
      table,
      columns: constraint.columns,
      sql: `SELECT 1 FROM ${quoted(table)} AS here WHERE ${present} AND NOT EXISTS (SELECT 1 FROM ${quoted(target.table)} AS there WHERE ${pairs}) LIMIT 1`,
    },
  ];
}

/** A CHECK's own words are run as a question; one that calls a function is not. */
function violations(table: string, constraint: Constraint, statement: Statement, position: number): Probe[] {
  if (!constraint.expression || calls(constraint.expression).length > 0) return [];
  const clause =
    clauseOf(alone(statement.text, position), 'CHECK') ??
    clauseOf(alone(statement.text, position).replace(/constraint\s+("[^"]+"|\w+)/i, ''), 'CHECK');
  const inside = clause && /^check\s*\(([\s\S]*)\)/i.exec(clause)?.[1];
  return inside ? [one('violations', table, constraint.columns, `NOT (${inside})`)] : [];
}

export function probesFor(pending: readonly ParsedMigration[]): Probe[] {
  const made = new Set<string>();
  const found = new Map<string, Probe>();
  const keep = (...probes: Probe[]): void => {
    for (const probe of probes)
      if (!made.has(probe.table)) found.set(`${probe.kind} ${probe.table} ${probe.columns.join()}`, probe);
  };
  for (const file of pending) {
    for (const statement of file.statements) {
      for (const [position, action] of statement.actions.entries()) {
        if (action.do === 'create-table') made.add(action.table);
        if (action.do === 'add-column' && action.column.notNull && !action.column.default)
          keep({
            kind: 'rows',
            table: action.table,
            columns: [],
            sql: `SELECT 1 FROM ${quoted(action.table)} LIMIT 1`,
          });
        if (action.do === 'set-not-null') keep(nulls(action.table, action.column));
        if (
          action.do === 'create-index' &&
          action.unique &&
          !action.partial &&
          !action.expressions &&
          action.columns.length > 0
        )
          keep(duplicates(action.table, action.columns));
        if (action.do !== 'add-constraint') continue;
        const { constraint, table } = action;
        if (constraint.kind === 'unique' || constraint.kind === 'primary-key')
          if (constraint.columns.length > 0) keep(duplicates(table, constraint.columns));
        if (constraint.kind === 'primary-key')
          keep(...constraint.columns.map((column) => nulls(table, column)));
        if (constraint.kind === 'foreign-key') keep(...orphans(table, constraint));
        if (constraint.kind === 'check') keep(...violations(table, constraint, statement, position));
      }
    }
  }
  return [...found.values()];
}
