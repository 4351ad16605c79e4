import { schemaOf } from '../schema/names.ts';
import { isNew } from './context.ts';
import { taking } from './old-code.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'moving-schema',
  finds: 'A table or type moves to another schema, or a schema is renamed.',
  why: 'Prisma names the schema in every query: whatever still runs looks in the old place and fails (P2021).',
  instead:
    'Leave it where it is and map the model (@@schema, @@map); or move it and leave a view behind in the same transaction.',
  on: ['set-schema', 'rename-schema'],
  judge: (action, context) => {
    if (action.do === 'rename-schema') {
      const users = [...context.before.tables.values()].filter(
        (table) => schemaOf(table.name) === action.schema,
      );
      const made = context.earlier.some((placed) =>
        placed.statement.actions.some(
          (other) => other.do === 'create-schema' && other.name === action.schema,
        ),
      );
      if ((made || users.length > 0) && users.every((table) => isNew(context, table.name))) return undefined;
      const weights = users.map((table) => taking(context, table.name, table.name, undefined, 'P2021'));
      const worst =
        weights.find((weight) => weight.severity === 'blocked') ??
        weights.find((weight) => weight.severity === 'needs-approval') ??
        weights[0];
      return {
        severity: worst?.severity ?? 'needs-approval',
        why: `Everything in schema ${action.schema} has another name afterwards. ${worst?.sentence ?? ''}`.trim(),
        consequences: worst?.consequences ?? ['downtime', 'no-rollback'],
      };
    }
    if (action.what === 'other' || isNew(context, action.name)) return undefined;
    const weight = taking(context, action.name, action.name, undefined, 'P2021');
    if (action.what === 'type')
      return {
        severity: 'needs-approval',
        why: `The old release casts to ${action.name}; it does not find the type in ${action.schema} (P2039).`,
        consequences: ['no-rollback'],
      };
    return {
      table: action.name,
      severity: weight.severity,
      why: weight.sentence,
      consequences: weight.consequences,
    };
  },
});
