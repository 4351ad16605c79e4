import { rule } from './rule.ts';

export default rule({
  id: 'changing-enum-value',
  finds: 'A value of an enum, or the enum itself, is renamed.',
  why: 'The release that still runs casts to the old type (P2039) and sends the old value (P2007); it cannot read the new one (P2023).',
  instead:
    'Rename in schema.prisma only: @map on the value, @@map on the enum. Or add the new value, move the rows over in batches, and leave the old value unused.',
  on: ['rename-enum-value', 'rename-type'],
  judge: (action, context) => {
    if (
      context.earlier.some((placed) =>
        placed.statement.actions.some((other) => other.do === 'create-enum' && other.type === action.type),
      )
    )
      return undefined;
    // E renamed to E_old while E_new takes its name: removing-enum-value speaks of that.
    if (
      action.do === 'rename-type' &&
      context.later.some(
        (placed) =>
          placed.file === context.file &&
          placed.statement.actions.some((other) => other.do === 'rename-type' && other.to === action.type),
      )
    )
      return undefined;
    const entry = [...(context.oldClient?.enums.values() ?? [])].find(
      (candidate) => candidate.type === action.type,
    );
    if (context.oldClient && !entry) return undefined;
    const what =
      action.do === 'rename-type'
        ? `casts to ${action.type}: that fails (P2039)`
        : `writes '${action.value}' of ${action.type}: that fails (P2007)`;
    return {
      severity: 'needs-approval',
      why: `The release that runs now still ${what}.`,
      help: 'Rename it in schema.prisma with @map, and leave the database as it is.',
      consequences: ['downtime', 'no-rollback'],
    };
  },
});
