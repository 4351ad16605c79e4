// What takes a statement back that took effect, where there is such a thing.
import type { Action } from '../parse/action.ts';
import { quote } from '../parse/nodes.ts';
import { typeSql } from '../parse/types.ts';
import type { Catalogue } from '../schema/catalogue.ts';
import { bareName, inSchema, schemaOf } from '../schema/names.ts';

/**
 * Of all of a statement's actions, the last one first; empty where nothing has to be taken back. undefined: one of them
 * cannot be taken back by a statement. `first` is the schema before the file, `before` the one before the statement.
 */
export function undone(
  actions: readonly Action[],
  before: Catalogue,
  first: Catalogue = before,
): string | undefined {
  const each = [...actions].reverse().map((action) => (goesAlong(action, first) ? '' : undo(action, before)));
  return each.includes(undefined) ? undefined : each.filter(Boolean).join(' ');
}

/** Rows that were written only to what the same file has made, and that go when it goes. */
function goesAlong(action: Action, first: Catalogue): boolean {
  if (action.do === 'insert') return !first.tables.has(action.table);
  if (action.do !== 'update' || action.columns.length === 0) return false;
  const table = first.tables.get(action.table);
  if (!table) return true;
  return table.known && action.columns.every((column) => !table.columns.has(column));
}

function undo(action: Action, before: Catalogue): string | undefined {
  const alter =
    'table' in action && typeof action.table === 'string' ? `ALTER TABLE ${quote(action.table)}` : '';
  switch (action.do) {
    case 'create-table':
      return `DROP TABLE ${quote(action.table)};`;
    case 'add-column':
      return `${alter} DROP COLUMN ${quote(action.column.name)};`;
    case 'rename-column':
      return `${alter} RENAME COLUMN ${quote(action.to)} TO ${quote(action.column)};`;
    case 'rename-table': {
      if (action.what !== 'table') return undefined;
      const is = inSchema(action.to, schemaOf(action.table));
      return `ALTER TABLE ${quote(is)} RENAME TO ${quote(bareName(action.table))};`;
    }
    case 'set-not-null':
      return `${alter} ALTER COLUMN ${quote(action.column)} DROP NOT NULL;`;
    case 'drop-not-null':
      return `${alter} ALTER COLUMN ${quote(action.column)} SET NOT NULL;`;
    case 'set-default': {
      const column = before.tables.get(action.table)?.columns.get(action.column);
      if (column?.default === 'none') return `${alter} ALTER COLUMN ${quote(action.column)} DROP DEFAULT;`;
      return column?.defaultSql
        ? `${alter} ALTER COLUMN ${quote(action.column)} SET DEFAULT ${column.defaultSql};`
        : undefined;
    }
    case 'change-type': {
      const was = before.tables.get(action.table)?.columns.get(action.column)?.type;
      if (!was) return undefined;
      const column = quote(action.column);
      return `${alter} ALTER COLUMN ${column} TYPE ${typeSql(was)} USING ${column}::${typeSql(was)};`;
    }
    case 'create-index':
      return action.name === undefined
        ? undefined
        : `DROP INDEX ${quote(inSchema(action.name, schemaOf(action.table)))};`;
    case 'add-constraint':
      return action.constraint.name === undefined
        ? undefined
        : `${alter} DROP CONSTRAINT ${quote(action.constraint.name)};`;
    case 'create-trigger':
      return `DROP TRIGGER ${quote(action.name)} ON ${quote(action.table)};`;
    case 'create-enum':
      return `DROP TYPE ${quote(action.type)};`;
    case 'rename-enum-value':
      return `ALTER TYPE ${quote(action.type)} RENAME VALUE '${action.to.replaceAll("'", "''")}' TO '${action.value.replaceAll("'", "''")}';`;
    // Whoever runs the file again finds nothing in his way.
    case 'validate-constraint':
    case 'comment':
    case 'set':
    case 'transaction':
      return '';
    default:
      return undefined;
  }
}
