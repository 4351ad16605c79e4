// schema.prisma against the schema that all migrations make: what the new release would miss on its first query.
import type { Finding } from '../../core/migrations.ts';
import type { ParsedMigration } from '../parse/statements.ts';
import type { Catalogue } from '../schema/catalogue.ts';
import { encounters } from './client.ts';
import type { PrismaSchema } from './prisma.ts';

/** Only where the whole schema is known; `after` is what every migration together makes. */
export function drift(
  client: PrismaSchema | undefined,
  after: Catalogue,
  pending: readonly ParsedMigration[],
): Finding[] {
  const file = pending.at(-1);
  if (!client || !file) return [];
  const found = new Map<string, Finding>();
  for (const encounter of encounters({ client, other: undefined, catalogue: after, older: false })) {
    if (encounter.result !== 'fails') continue;
    const key = `${encounter.model}.${encounter.field ?? ''}`;
    if (found.has(key)) continue;
    found.set(key, {
      rule: 'drifting-schema',
      severity: 'needs-approval',
      migration: file.name,
      file: file.file,
      line: 1,
      column: 1,
      statement: '',
      table: client.models.get(encounter.model)?.table ?? encounter.model,
      why: `schema.prisma asks for ${encounter.model}${encounter.field ? `.${encounter.field}` : ''}, and after these migrations that fails${encounter.code ? ` (${encounter.code})` : ''}: ${encounter.why}`,
      help: '`npx prisma migrate dev` writes the missing migration.',
      consequences: ['downtime'],
    });
  }
  return [...found.values()];
}
