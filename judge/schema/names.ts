// Schemas in names: `sales.orders` is in sales, `orders` in public.
export const schemaOf = (name: string): string =>
  name.includes('.') ? (name.split('.')[0] as string) : 'public';
export const bareName = (name: string): string => name.split('.').at(-1) ?? name;

/** An index lives in its table's schema, and is named without it. */
export function withSchema(name: string, table: string): string {
  const schema = schemaOf(table);
  return schema === 'public' || name.includes('.') ? name : `${schema}.${name}`;
}

export const inSchema = (name: string, schema: string): string =>
  schema === 'public' ? bareName(name) : `${schema}.${bareName(name)}`;
