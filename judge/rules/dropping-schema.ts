import { schemaOf } from '../schema/names.ts';
import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'dropping-schema',
  finds: 'A schema is dropped.',
  why: 'With CASCADE everything in it goes, under ACCESS EXCLUSIVE on each of its tables.',
  instead:
    'Drop its objects one by one, each when no release uses it, and the empty schema last, without CASCADE.',
  on: ['drop'],
  judge: (action, context) => {
    if (action.what !== 'schema') return undefined;
    const inside = [...context.before.tables.values()].filter((table) =>
      action.names.includes(schemaOf(table.name)),
    );
    const made = action.names.every((name) =>
      context.earlier.some((placed) =>
        placed.statement.actions.some((other) => other.do === 'create-schema' && other.name === name),
      ),
    );
    if (made && inside.every((table) => isNew(context, table.name))) return undefined;
    const known = action.names.every((name) => context.before.schemas.has(name));
    if (!action.cascade && !known && !action.ifExists)
      return {
        severity: 'needs-approval',
        why: `What is in ${action.names.join(', ')} is not known; without CASCADE it fails if anything is.`,
      };
    if (!action.cascade)
      return { severity: 'notice', why: 'Without CASCADE it fails if anything is left in it.' };
    const lost = inside.length > 0 ? `: ${inside.map((table) => table.name).join(', ')}` : '';
    return {
      severity: 'blocked',
      why: `Everything in ${action.names.join(', ')} goes${lost}.`,
      help: 'Drop the objects one by one, then the empty schema without CASCADE.',
      consequences: ['downtime', 'no-rollback', 'data-loss'],
    };
  },
});
