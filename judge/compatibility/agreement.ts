// Both directions in three values, with one detail for each field and code.
import type { Agreement, Compatibility, CompatibilityDetail } from '../../core/migrations.ts';
import type { Catalogue } from '../schema/catalogue.ts';
import { encounters } from './client.ts';
import type { Encounter, Operation } from './encounter.ts';
import type { PrismaSchema } from './prisma.ts';

const shown: Record<Operation, CompatibilityDetail['operation']> = {
  findMany: 'read',
  select: 'read',
  include: 'read',
  filter: 'filter',
  create: 'create',
  createMinimal: 'create',
  createMany: 'create',
  update: 'update',
  updateMany: 'update',
  upsert: 'upsert',
  delete: 'delete',
  readAfterNewWrites: 'read-after-new-writes',
};

/** `before` and `after`: the schema as it is, and as it will be. */
export function compatibility(
  oldClient: PrismaSchema | undefined,
  newClient: PrismaSchema | undefined,
  before: Catalogue,
  after: Catalogue,
): Compatibility {
  const old = oldClient
    ? side(
        'old-code-on-new-schema',
        encounters({ client: oldClient, other: newClient, catalogue: after, older: true }),
        encounters({ client: oldClient, other: undefined, catalogue: before, older: true }),
      )
    : undefined;
  const next = newClient
    ? side(
        'new-code-on-old-schema',
        encounters({ client: newClient, other: oldClient, catalogue: before, older: false }),
        [],
      )
    : undefined;
  return {
    oldCodeOnNewSchema: old ? worst(old) : 'unknown',
    newCodeOnOldSchema: next ? worst(next) : 'unknown',
    details: [...(old ?? []), ...(next ?? [])],
  };
}

/** What fails already today is not the migrations' doing: `known` are the encounters on the schema as it is. */
function side(
  direction: CompatibilityDetail['direction'],
  found: Encounter[],
  known: Encounter[],
): CompatibilityDetail[] {
  const key = (encounter: Encounter): string =>
    [encounter.model, encounter.field, encounter.operation, encounter.code].join('\0');
  const already = new Set(known.map(key));
  const details = new Map<string, CompatibilityDetail>();
  for (const encounter of found) {
    if (already.has(key(encounter))) continue;
    const operation = shown[encounter.operation];
    const later = operation === 'read-after-new-writes';
    const agreement: Agreement =
      encounter.result === 'rare' ? 'compatible' : later ? 'until-written' : 'incompatible';
    const place = [encounter.model, encounter.field, encounter.code].join('\0');
    const before = details.get(place);
    if (before && weight(before) >= weight({ agreement, operation })) continue;
    details.set(place, {
      direction,
      agreement,
      model: encounter.model,
      operation,
      code: encounter.code,
      why: encounter.why,
      ...(encounter.field ? { field: encounter.field } : {}),
      ...(encounter.proof ? { proof: encounter.proof } : {}),
    });
  }
  return [...details.values()];
}

const order: CompatibilityDetail['operation'][] = [
  'read',
  'create',
  'update',
  'upsert',
  'delete',
  'filter',
  'read-after-new-writes',
];
const values: Agreement[] = ['compatible', 'unknown', 'until-written', 'incompatible'];
const weight = (detail: { agreement: Agreement; operation: CompatibilityDetail['operation'] }): number =>
  values.indexOf(detail.agreement) * 10 + (order.length - order.indexOf(detail.operation));

export const worst = (details: readonly { agreement: Agreement }[]): Agreement =>
  details.reduce<Agreement>(
    (sum, detail) => (values.indexOf(detail.agreement) > values.indexOf(sum) ? detail.agreement : sum),
    'compatible',
  );
