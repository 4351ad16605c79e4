// Made-up rows, so that what depends on data is seen and not assumed: a NULL where NULL may be, a duplicate where nothing forbids it.
import type { InspectedColumn, Inspection } from './protocol.ts';

const quote = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A literal for the type; `variant` makes another value of it. Undefined: none is known. */
function literal(column: InspectedColumn, variant: number, inspection: Inspection): string | undefined {
  if (column.array) return `'{}'`;
  const values = inspection.enums.find((entry) => entry.name === spelled(column))?.values;
  if (values) return text(values[variant % values.length] ?? values[0] ?? '');
  const domain = inspection.domains.find((entry) => entry.name === spelled(column));
  return byType(domain ? domain.base : column.type, domain ? domain.typmod : column.typmod, variant);
}

const spelled = (column: InspectedColumn): string =>
  column.typeSchema === 'public' || column.typeSchema === 'pg_catalog'
    ? column.type
    : `${column.typeSchema}.${column.type}`;

function byType(type: string, typmod: number, variant: number): string | undefined {
  const day = String((variant % 27) + 1).padStart(2, '0');
  switch (type) {
    case 'int2':
    case 'int4':
    case 'int8':
    case 'oid':
    case 'float4':
    case 'float8':
    case 'money':
      return String(variant);
    case 'numeric':
      return typmod > 4 && ((typmod - 4) >> 16) - ((typmod - 4) & 0x7ff) < 1 ? '0' : String(variant % 10);
    case 'text':
    case 'citext':
    case 'name':
      return text(`x${variant}`);
    case 'varchar':
    case 'bpchar': {
      const length = typmod > 4 ? typmod - 4 : 100;
      return text(`${variant}`.slice(-length) || 'x');
    }
    case 'char':
      return text('x');
    case 'bool':
      return variant % 2 === 1 ? 'true' : 'false';
    case 'uuid':
      return text(`00000000-0000-4000-8000-${String(variant).padStart(12, '0')}`);
    case 'timestamp':
    case 'timestamptz':
    case 'date':
      return text(`2024-01-${day}`);
    case 'time':
    case 'timetz':
      return text(`00:00:${day}`);
    case 'interval':
      return text(`${variant} days`);
    case 'json':
    case 'jsonb':
      return `'{}'`;
    case 'bytea':
      return text(`\\x0${variant % 10}`);
    case 'inet':
    case 'cidr':
      return text(`10.0.0.${variant % 250}`);
    case 'macaddr':
      return text(`00:00:00:00:00:0${variant % 10}`);
    case 'xml':
      return text('<x/>');
    case 'bit':
      return typmod > 0 ? `B'${'0'.repeat(typmod)}'` : "B'0'";
    case 'varbit':
      return "B'0'";
    case 'tsvector':
      return text(`x${variant}`);
    case 'point':
      return text('(0,0)');
    case 'int4range':
    case 'int8range':
    case 'numrange':
      return text(`[${variant},${variant + 1})`);
    case 'daterange':
    case 'tsrange':
    case 'tstzrange':
      return text(`[2024-01-${day},2024-01-${day}]`);
    default:
      return undefined;
  }
}

/** Columns in which a NULL is tried: more would only take longer. */
const mostNulls = 24;

/**
 * For each table the rows to try: two that are alike wherever nothing forbids it, and for each nullable column one with NULL there.
 * The first attempt is all of them at once; where a constraint refuses it, each by itself.
 */
export function seeds(inspection: Inspection): { table: string; attempts: string[][] }[] {
  const columns = Map.groupBy(inspection.columns, (column) => column.table);
  const uniques = Map.groupBy(
    inspection.indexes.filter((index) => index.unique),
    (index) => index.table,
  );
  return inspection.tables
    .filter((table) => table.kind === 'r' && table.partitionOf === null)
    .flatMap((table) => {
      const own = (columns.get(table.name) ?? []).filter((column) => column.default !== 'generated');
      const distinct = new Set((uniques.get(table.name) ?? []).flatMap((index) => index.columns));
      const nullable = own
        .filter((column) => !column.notNull && !distinct.has(column.name))
        .slice(0, mostNulls);
      const row = (number: number, empty?: string): (string | undefined)[] =>
        own.map((column) => {
          if (column.name === empty) return 'NULL';
          return (
            literal(column, distinct.has(column.name) ? number : 1, inspection) ??
            (column.notNull ? undefined : 'NULL')
          );
        });
      const rows = [row(1), row(2), ...nullable.map((column, index) => row(index + 3, column.name))];
      if (own.length === 0 || rows[0]?.includes(undefined)) return [];
      const names = own.map((column) => quote(column.name)).join(', ');
      const into = `INSERT INTO ${quote(table.name)} (${names}) OVERRIDING SYSTEM VALUE VALUES `;
      const tuples = rows.map((values) => `(${values.join(', ')})`);
      return [
        { table: table.name, attempts: [[into + tuples.join(', ')], tuples.map((tuple) => into + tuple)] },
      ];
    });
}
