// The safe form of each change, as SQL that itself passes the judge. Rules print them; `lockstep migrations fix` writes them.
// One form a function; longer than 250 lines because each change has one.
import type { SafeForm } from '../../core/migrations.ts';
import type { ActionOf, Constraint } from '../parse/action.ts';
import { quote } from '../parse/nodes.ts';
import { bareName } from '../schema/names.ts';
import { alone, clauseOf, without } from './text.ts';

export type Step = SafeForm['steps'][number];
export const step = (when: Step['when'], name: string, ...sql: string[]): Step => ({
  when,
  name,
  sql: sql.map((line) => `${line.replace(/;\s*$/, '')};`).join('\n'),
});

/** Names longer than PostgreSQL's 63 bytes would be cut, and a second one like it would collide. */
export const shortName = (name: string): string =>
  Buffer.byteLength(name) <= 63 ? name : name.slice(0, 54) + hash(name);
const hash = (text: string): string => {
  let sum = 0;
  for (const char of text) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return `_${sum.toString(36)}`.slice(0, 8);
};
export const slug = (table: string, ...parts: string[]): string =>
  [bareName(table), ...parts].join('_').replace(/\W+/g, '_').toLowerCase();

export function index(action: ActionOf<'create-index'>, sql: string): SafeForm {
  return {
    summary:
      'Build the index concurrently, alone in its file: writes go on. If it fails it leaves an INVALID index, which Lockstep finds and names.',
    steps: [
      step(
        'this-release',
        `${slug(action.table, ...action.columns)}_idx`,
        sql.replace(/^(create\s+(?:unique\s+)?index)\b/i, '$1 CONCURRENTLY'),
      ),
    ],
  };
}

export function dropIndex(names: readonly string[], ifExists: boolean): SafeForm {
  return {
    summary: 'Drop the index concurrently, alone in its file: reads and writes go on.',
    steps: names.map((name) =>
      step(
        'this-release',
        `drop_${slug(name)}`,
        `DROP INDEX CONCURRENTLY ${ifExists ? 'IF EXISTS ' : ''}${quote(name)}`,
      ),
    ),
  };
}

/** CHECK and FOREIGN KEY: added NOT VALID, validated by the next migration. */
export function notValid(
  table: string,
  constraint: Constraint,
  name: string,
  sql: string,
  position: number,
): SafeForm {
  const text = alone(sql, position);
  const named = constraint.name
    ? text
    : text.replace(/\badd\s+(?=check|foreign|constraint)/i, `ADD CONSTRAINT ${quote(name)} `);
  const what = constraint.kind === 'check' ? 'check' : 'fkey';
  return {
    summary:
      'Add it NOT VALID (brief; new rows are checked at once), then validate the old rows in a migration of its own: reads and writes go on.',
    steps: [
      step('this-release', `${slug(table, name)}_add`, `${named} NOT VALID`),
      step(
        'this-release',
        `${slug(table, name)}_validate_${what}`,
        `ALTER TABLE ${quote(table)} VALIDATE CONSTRAINT ${quote(name)}`,
      ),
    ],
  };
}

export function unique(
  table: string,
  columns: readonly string[],
  name: string,
  primary: boolean,
  nullable: readonly string[],
): SafeForm {
  const list = columns.map(quote).join(', ');
  const checks = nullable.flatMap((column) => notNullSteps(table, column, 'this-release', 'this-release'));
  return {
    summary:
      'Build the index concurrently, alone in its file, then give it to the constraint: the lock is brief.',
    steps: [
      ...checks,
      step(
        'this-release',
        `${slug(table, ...columns)}_index`,
        `CREATE UNIQUE INDEX CONCURRENTLY ${quote(name)} ON ${quote(table)} (${list})`,
      ),
      step(
        'this-release',
        `${slug(table, ...columns)}_constraint`,
        `ALTER TABLE ${quote(table)} ADD CONSTRAINT ${quote(name)} ${primary ? 'PRIMARY KEY' : 'UNIQUE'} USING INDEX ${quote(name)}`,
      ),
    ],
  };
}

export function notNullSteps(
  table: string,
  column: string,
  first: Step['when'],
  second: Step['when'],
): Step[] {
  const name = shortName(`${bareName(table)}_${column}_set`);
  const on = `ALTER TABLE ${quote(table)}`;
  return [
    step(
      first,
      `${slug(table, column)}_check`,
      `${on} ADD CONSTRAINT ${quote(name)} CHECK (${quote(column)} IS NOT NULL) NOT VALID`,
    ),
    step(first, `${slug(table, column)}_validate`, `${on} VALIDATE CONSTRAINT ${quote(name)}`),
    step(second, `${slug(table, column)}_required`, `${on} ALTER COLUMN ${quote(column)} SET NOT NULL`),
    step(second, `${slug(table, column)}_uncheck`, `${on} DROP CONSTRAINT ${quote(name)}`),
  ];
}

export function notNull(table: string, column: string): SafeForm {
  return {
    summary: `Release the code that always sets ${column} first. A validated check (column IS NOT NULL) then proves it without keeping anyone out, and SET NOT NULL reads nothing.`,
    steps: notNullSteps(table, column, 'next-release', 'later-release'),
  };
}

/** A required column without a default: nullable now, required when every row and every writer has it. */
export function requiredColumn(table: string, column: string, sql: string, position: number): SafeForm {
  return {
    summary: `Add ${column} without NOT NULL, release the code that fills it, fill the old rows in batches outside a migration, and require it in a later release.`,
    steps: [
      step('this-release', `${slug(table, column)}_add`, without(alone(sql, position), 'NOT NULL')),
      ...notNullSteps(table, column, 'next-release', 'later-release'),
    ],
  };
}

/** A default that differs from row to row: the column first, its default for new rows after it, old rows in batches. */
export function volatileDefault(
  table: string,
  column: string,
  required: boolean,
  sql: string,
  position: number,
): SafeForm {
  const text = alone(sql, position);
  const value = clauseOf(text, 'DEFAULT');
  return {
    summary:
      'Add the column without the default, set the default for new rows in a statement of its own (brief), and fill the old rows in batches outside a migration.',
    steps: [
      step('this-release', `${slug(table, column)}_add`, without(text, 'DEFAULT', 'NOT NULL')),
      step(
        'this-release',
        `${slug(table, column)}_default`,
        `ALTER TABLE ${quote(table)} ALTER COLUMN ${quote(column)} SET ${value ?? 'DEFAULT NULL'}`,
      ),
      ...(required ? notNullSteps(table, column, 'next-release', 'later-release') : []),
    ],
  };
}

/** Constraints written beside a new column, each on its own way. The column comes first, bare. */
export function bareColumn(
  table: string,
  column: string,
  constraints: readonly Constraint[],
  sql: string,
  position: number,
): SafeForm {
  const text = alone(sql, position);
  const steps = [
    step(
      'this-release',
      `${slug(table, column)}_add`,
      without(text, 'CONSTRAINT', 'CHECK', 'UNIQUE', 'PRIMARY KEY', 'REFERENCES', 'DEFERRABLE', 'INITIALLY'),
    ),
  ];
  const on = `ALTER TABLE ${quote(table)}`;
  for (const constraint of constraints) {
    const ending = {
      check: 'check',
      'foreign-key': 'fkey',
      unique: 'key',
      'primary-key': 'pkey',
      exclusion: 'excl',
      'not-null': 'not_null',
    }[constraint.kind];
    const name =
      constraint.name ??
      shortName(
        constraint.kind === 'primary-key'
          ? `${bareName(table)}_pkey`
          : `${bareName(table)}_${column}_${ending}`,
      );
    if (constraint.kind === 'unique' || constraint.kind === 'primary-key')
      steps.push(...unique(table, [column], name, constraint.kind === 'primary-key', []).steps);
    if (constraint.kind === 'foreign-key' || constraint.kind === 'check') {
      const clause = (
        clauseOf(text, constraint.kind === 'check' ? 'CHECK' : 'REFERENCES') ??
        clauseOf(text, 'CONSTRAINT') ??
        ''
      ).replace(/^constraint\s+("[^"]+"|\w+)\s+/i, '');
      const body = constraint.kind === 'check' ? clause : `FOREIGN KEY (${quote(column)}) ${clause}`;
      steps.push(
        step(
          'this-release',
          `${slug(table, name)}_add`,
          `${on} ADD CONSTRAINT ${quote(name)} ${body} NOT VALID`,
        ),
        step('this-release', `${slug(table, name)}_validate`, `${on} VALIDATE CONSTRAINT ${quote(name)}`),
      );
    }
  }
  return { summary: 'Add the bare column, then each constraint in the way that keeps nobody out.', steps };
}

export function renameTable(from: string, to: string): SafeForm {
  const target = from.includes('.') ? `${from.split('.')[0]}.${to}` : to;
  return {
    summary: `In Prisma a model is renamed without touching the table: @@map("${bareName(from)}"). Where the table itself must be renamed, leave a view of the old name for the release that still runs, and drop it in a later release.`,
    steps: [
      step(
        'this-release',
        `${slug(to)}_rename`,
        'BEGIN',
        `ALTER TABLE ${quote(from)} RENAME TO ${quote(to)}`,
        `CREATE VIEW ${quote(from)} AS SELECT * FROM ${quote(target)}`,
        'COMMIT',
      ),
      step('later-release', `${slug(from)}_view_drop`, `DROP VIEW ${quote(from)}`),
    ],
  };
}

export function later(summary: string, name: string, sql: string): SafeForm {
  return { summary, steps: [step('later-release', name.replace(/\W+/g, '_').toLowerCase(), sql)] };
}

export function now(summary: string, name: string, ...sql: string[]): SafeForm {
  return {
    summary,
    steps: sql.map((text, place) =>
      step(
        'this-release',
        `${name}${place === 0 ? '' : `_${place + 1}`}`.replace(/\W+/g, '_').toLowerCase(),
        text,
      ),
    ),
  };
}
