// The old client's statements, prepared against the rehearsed new schema: what the reasoning overlooked is added to it.
import type { Compatibility, CompatibilityDetail } from '../../core/migrations.ts';
import type { Rehearsal } from '../rehearse/index.ts';
import { worst } from './agreement.ts';
import type { PrismaSchema } from './prisma.ts';
import { clientStatements, prismaCode } from './statements.ts';

export async function proven(
  agreement: Compatibility,
  client: PrismaSchema | undefined,
  rehearsal: Rehearsal | undefined,
): Promise<Compatibility> {
  if (!client || !rehearsal?.prepare) return agreement;
  const statements = clientStatements(client).filter(({ model }) => {
    const table = client.models.get(model)?.table ?? '';
    // What is not there before the migrations either is not their doing.
    return rehearsal.before?.tables.has(table);
  });
  const failures = await rehearsal.prepare(statements.map(({ sql }) => sql));
  const details: CompatibilityDetail[] = [...agreement.details];
  for (const failure of failures) {
    const statement = statements[failure.index];
    if (!statement) continue;
    const known = details.some(
      (detail) =>
        detail.direction === 'old-code-on-new-schema' &&
        detail.model === statement.model &&
        detail.agreement === 'incompatible',
    );
    if (known) continue;
    details.push({
      direction: 'old-code-on-new-schema',
      agreement: 'incompatible',
      model: statement.model,
      operation: statement.operation,
      code: prismaCode(failure.code),
      why: `The server refuses its statement on the new schema: ${failure.code} ${failure.message}.`,
    });
  }
  const old = details.filter((detail) => detail.direction === 'old-code-on-new-schema');
  return { ...agreement, oldCodeOnNewSchema: worst(old), details };
}
