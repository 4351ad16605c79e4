// Expand, copy, contract: a new column beside the old one, kept alike by a trigger while both releases run, and the old one
// dropped when no release reads it. Everything that hangs on the column moves with it; where something does that cannot be
// moved without its text (a CHECK, a view, a key), there is no form, and the rule says so in words.
import type { SafeForm } from '../../core/migrations.ts';
import { quote } from '../parse/nodes.ts';
import { type SqlType, typeSql } from '../parse/types.ts';
import {
  type Catalogue,
  type CatalogueColumn,
  type CatalogueTable,
  indexesOf,
  referencing,
  viewsOver,
} from '../schema/catalogue.ts';
import { bareName } from '../schema/names.ts';
import { notNullSteps, type Step, shortName, slug, step } from './forms.ts';

export type Mirror = {
  catalogue: Catalogue;
  table: string;
  from: string;
  /** The new column's name while both are there. */
  beside: string;
  /** Its name at the end. */
  to: string;
  type: SqlType;
  /** SQL of a value of the new column from NEW."from", and the other way round. */
  forth: string;
  back: string;
};

export function mirrored(mirror: Mirror): SafeForm | undefined {
  const { catalogue, table, from, beside, to, type } = mirror;
  const entry = catalogue.tables.get(table);
  const column = entry?.columns.get(from);
  if (!entry?.known || !column || !movable(catalogue, entry, column)) return undefined;
  const on = `ALTER TABLE ${quote(table)}`;
  const base = shortName(`${bareName(table)}_${from}_mirror`);
  const expand = [
    step('this-release', `${slug(table, beside)}_add`, `${on} ADD COLUMN ${quote(beside)} ${typeSql(type)}`),
    step(
      'this-release',
      `${slug(table, beside)}_function`,
      `CREATE FUNCTION ${quote(base)}() RETURNS trigger LANGUAGE plpgsql AS $$ ${trigger(mirror)} $$`,
    ),
    step(
      'this-release',
      `${slug(table, beside)}_mirror`,
      `CREATE TRIGGER ${quote(base)} BEFORE INSERT OR UPDATE ON ${quote(table)} FOR EACH ROW EXECUTE FUNCTION ${quote(base)}()`,
    ),
  ];
  const moved = hanging(catalogue, entry, mirror);
  const contract = [
    // Not before: with a default of its own nobody could tell whether the new column was given.
    ...(column.default === 'expression'
      ? [
          step(
            'later-release',
            `${slug(table, beside)}_default`,
            `${on} ALTER COLUMN ${quote(beside)} SET DEFAULT ${column.defaultSql}`,
          ),
        ]
      : []),
    step(
      'later-release',
      `${slug(table, beside)}_mirror_end`,
      `DROP TRIGGER ${quote(base)} ON ${quote(table)}`,
    ),
    step('later-release', `${slug(table, beside)}_function_end`, `DROP FUNCTION ${quote(base)}()`),
    step('later-release', `${slug(table, from)}_drop`, `${on} DROP COLUMN ${quote(from)}`),
    ...(beside === to
      ? []
      : [
          step(
            'later-release',
            `${slug(table, to)}_name`,
            `${on} RENAME COLUMN ${quote(beside)} TO ${quote(to)}`,
          ),
        ]),
  ];
  return {
    summary: `Add ${beside} beside ${from}; a trigger keeps them alike while both releases run. Fill the old rows in batches outside a migration, release the code that uses ${beside}, and drop ${from} in the release after that.`,
    steps: [
      ...expand,
      ...(column.notNull ? notNullSteps(table, beside, 'next-release', 'next-release') : []),
      ...moved.before,
      ...contract,
      ...moved.after,
    ],
  };
}

function movable(catalogue: Catalogue, table: CatalogueTable, column: CatalogueColumn): boolean {
  if (column.default === 'sequence' || column.default === 'generated') return false;
  if (column.default === 'expression' && column.defaultSql === undefined) return false;
  if (table.partitioned || table.partitionOf !== undefined || viewsOver(catalogue, table.name).length > 0)
    return false;
  const keys = [...table.constraints.values()].filter((constraint) =>
    constraint.columns.includes(column.name),
  );
  if (keys.some((constraint) => constraint.kind !== 'unique' && constraint.kind !== 'foreign-key'))
    return false;
  if (
    referencing(catalogue, table.name).some((other) =>
      [...other.constraints.values()].some(
        (key) => key.references?.table === table.name && key.references.columns.includes(column.name),
      ),
    )
  )
    return false;
  return !indexesOf(catalogue, table.name).some(
    (index) => index.columns.includes(column.name) && (index.partial || index.expressions),
  );
}

/** On INSERT the new column decides where it is given; on UPDATE whichever of the two was changed. */
function trigger({ from, beside, forth, back }: Mirror): string {
  const [old, next] = [quote(from), quote(beside)];
  return [
    "BEGIN IF TG_OP = 'INSERT' THEN",
    `IF NEW.${next} IS NULL THEN NEW.${next} := ${forth}; ELSE NEW.${old} := ${back}; END IF;`,
    `ELSIF NEW.${next} IS DISTINCT FROM OLD.${next} THEN NEW.${old} := ${back};`,
    `ELSIF NEW.${old} IS DISTINCT FROM OLD.${old} OR NEW.${next} IS NULL THEN NEW.${next} := ${forth}; END IF;`,
    'RETURN NEW; END',
  ].join(' ');
}

/** Indexes and foreign keys of the old column, built for the new one, and named as the old ones once those are gone. */
function hanging(
  catalogue: Catalogue,
  table: CatalogueTable,
  { from, beside }: Mirror,
): { before: Step[]; after: Step[] } {
  const on = `ALTER TABLE ${quote(table.name)}`;
  const before: Step[] = [];
  const after: Step[] = [];
  const swap = (columns: readonly string[]): string =>
    columns.map((name) => quote(name === from ? beside : name)).join(', ');
  for (const index of indexesOf(catalogue, table.name)) {
    if (!index.columns.includes(from)) continue;
    const name = bareName(index.name);
    const temporary = shortName(`${name}_new`);
    before.push(
      step(
        'next-release',
        `${slug(temporary)}`,
        `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${quote(temporary)} ON ${quote(table.name)} (${swap(index.columns)})`,
      ),
    );
    const constraint = table.constraints.get(name);
    after.push(
      constraint
        ? step(
            'later-release',
            `${slug(name)}_constraint`,
            `${on} ADD CONSTRAINT ${quote(name)} UNIQUE USING INDEX ${quote(temporary)}`,
          )
        : step(
            'later-release',
            `${slug(name)}_name`,
            `ALTER INDEX ${quote(temporary)} RENAME TO ${quote(name)}`,
          ),
    );
  }
  for (const constraint of table.constraints.values()) {
    const target = constraint.references;
    if (!target || !constraint.columns.includes(from)) continue;
    const temporary = shortName(`${constraint.name}_new`);
    const columns = target.columns.length > 0 ? ` (${target.columns.map(quote).join(', ')})` : '';
    const rule = target.onDelete === 'no action' ? '' : ` ON DELETE ${target.onDelete.toUpperCase()}`;
    const update = target.onUpdate === 'no action' ? '' : ` ON UPDATE ${target.onUpdate.toUpperCase()}`;
    before.push(
      step(
        'next-release',
        `${slug(temporary)}_add`,
        `${on} ADD CONSTRAINT ${quote(temporary)} FOREIGN KEY (${swap(constraint.columns)}) REFERENCES ${quote(target.table)}${columns}${rule}${update} NOT VALID`,
      ),
      step('next-release', `${slug(temporary)}_validate`, `${on} VALIDATE CONSTRAINT ${quote(temporary)}`),
    );
    after.push(
      step(
        'later-release',
        `${slug(constraint.name)}_name`,
        `${on} RENAME CONSTRAINT ${quote(temporary)} TO ${quote(constraint.name)}`,
      ),
    );
  }
  return { before, after };
}
