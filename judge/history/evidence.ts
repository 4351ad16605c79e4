// Which statements of a failed migration took effect, seen in the catalogue that inspect-database brought.
import type { DatabaseFacts } from '../../core/migrations.ts';
import type { Action } from '../parse/action.ts';
import { quote } from '../parse/nodes.ts';
import type { ParsedMigration } from '../parse/statements.ts';
import { bareName, inSchema, schemaOf } from '../schema/names.ts';

export type Evidence = { line: number; text: string; tookEffect: boolean | undefined; undo?: string };

type Seen = { there: boolean | undefined; undo?: string };

/** undefined: the catalogue facts cannot tell (an UPDATE, a function's body). */
function see(action: Action, facts: DatabaseFacts): Seen {
  const table =
    'table' in action && typeof action.table === 'string' ? facts.tables[action.table] : undefined;
  switch (action.do) {
    case 'create-table':
      return { there: action.table in facts.tables, undo: `DROP TABLE ${quote(action.table)};` };
    case 'add-column':
      return {
        there: table && action.column.name in table.columns,
        undo: `ALTER TABLE ${quote(action.table)} DROP COLUMN ${quote(action.column.name)};`,
      };
    case 'drop-column':
      return { there: table && !(action.column in table.columns) };
    case 'rename-column':
      return {
        there: table && action.to in table.columns,
        undo: `ALTER TABLE ${quote(action.table)} RENAME COLUMN ${quote(action.to)} TO ${quote(action.column)};`,
      };
    case 'rename-table':
      return {
        there: inSchema(action.to, schemaOf(action.table)) in facts.tables,
        undo: `ALTER TABLE ${quote(inSchema(action.to, schemaOf(action.table)))} RENAME TO ${quote(bareName(action.table))};`,
      };
    case 'set-not-null':
      return {
        there: table?.columns[action.column]?.notNull,
        undo: `ALTER TABLE ${quote(action.table)} ALTER COLUMN ${quote(action.column)} DROP NOT NULL;`,
      };
    case 'drop-not-null':
      return { there: table?.columns[action.column] && !table.columns[action.column]?.notNull };
    case 'create-index': {
      const index = table?.indexes.find((candidate) => candidate.name === action.name);
      return action.name === undefined
        ? { there: undefined }
        : { there: table && index?.valid === true, undo: `DROP INDEX ${quote(action.name)};` };
    }
    case 'add-constraint': {
      const name = action.constraint.name;
      return name === undefined
        ? { there: undefined }
        : {
            there: table?.constraints.some((constraint) => constraint.name === name),
            undo: `ALTER TABLE ${quote(action.table)} DROP CONSTRAINT ${quote(name)};`,
          };
    }
    case 'drop-constraint':
      return { there: table && !table.constraints.some((constraint) => constraint.name === action.name) };
    case 'validate-constraint':
      return { there: table?.constraints.find((constraint) => constraint.name === action.name)?.validated };
    case 'create-enum':
      return { there: action.type in facts.enums, undo: `DROP TYPE ${quote(action.type)};` };
    case 'add-enum-value':
      return { there: facts.enums[action.type]?.includes(action.value) };
    case 'drop':
      if (action.what === 'table') return { there: action.names.every((name) => !(name in facts.tables)) };
      if (action.what === 'index')
        return {
          there: action.names.every(
            (name) =>
              !Object.values(facts.tables).some((entry) =>
                entry.indexes.some((index) => index.name === bareName(name)),
              ),
          ),
        };
      return { there: undefined };
    default:
      return { there: undefined };
  }
}

export function evidence(file: ParsedMigration, facts: DatabaseFacts): Evidence[] {
  return file.statements.flatMap((statement): Evidence[] => {
    const seen = statement.actions.map((action) => see(action, facts));
    const told = seen.filter((item) => item.there !== undefined);
    if (told.length === 0) return [];
    const undo = seen.flatMap((item) => item.undo ?? []).join(' ');
    return [
      {
        line: statement.line,
        text: statement.text.replace(/\s+/g, ' ').slice(0, 60),
        tookEffect: told.every((item) => item.there === true),
        ...(undo ? { undo } : {}),
      },
    ];
  });
}
