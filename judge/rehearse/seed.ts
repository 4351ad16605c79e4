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

/** For each table the statements to try, best first; the first that the table's constraints let through is enough. */
export function seeds(inspection: Inspection): { table: string; attempts: string[] }[] {
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
      const rows = [1, 2, 3].map((row) =>
        own.map((column) => {
          const unique = distinct.has(column.name);
          const value = literal(column, unique ? row : 1, inspection);
          // The third row is NULL wherever it may be.
          return row === 3 && !column.notNull && !unique
            ? 'NULL'
            : (value ?? (column.notNull ? undefined : 'NULL'));
        }),
      );
      if (own.length === 0 || rows.some((row) => row.includes(undefined))) return [];
      const into = `INSERT INTO ${quote(table.name)} (${own.map((column) => quote(column.name)).join(', ')}) OVERRIDING SYSTEM VALUE VALUES `;
      const tuples = rows.map((row) => `(${row.join(', ')})`);
      return [
        {
          table: table.name,
          attempts: [into + tuples.join(', '), into + tuples.slice(0, 2).join(', '), into + tuples[0]],
        },
      ];
    });
}
