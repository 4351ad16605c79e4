// What a schema means, whatever the order of its columns is.
import type { Catalogue } from '../../judge/schema/catalogue.ts';

export function meaning(catalogue: Catalogue) {
  const sorted = <T>(items: Iterable<T>): string[] => [...items].map((item) => JSON.stringify(item)).sort();
  return [...catalogue.tables.values()]
    .map((table) => ({
      name: table.name,
      kind: table.kind,
      columns: sorted(table.columns.values()),
      constraints: sorted([...table.constraints.values()].map(({ provesNotNull: _, ...rest }) => rest)),
      indexes: sorted([...catalogue.indexes.values()].filter((index) => index.table === table.name)),
      partitionOf: table.partitionOf,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
