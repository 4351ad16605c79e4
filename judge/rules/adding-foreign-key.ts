import { notValid, shortName } from '../fix/forms.ts';
import { bareName } from '../schema/names.ts';
import { cost, isNew, probe } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'adding-foreign-key',
  finds: 'A foreign key is added and checked at once.',
  why: 'It takes SHARE ROW EXCLUSIVE on both tables, so writes to both wait while both are read. A row without a partner makes it fail (23503).',
  instead:
    'ADD CONSTRAINT … FOREIGN KEY … NOT VALID, then VALIDATE CONSTRAINT in a migration of its own. One foreign key a file.',
  on: ['add-constraint'],
  judge: ({ table, constraint }, context) => {
    const target = constraint.references?.table;
    if (
      constraint.kind !== 'foreign-key' ||
      !target ||
      constraint.notValid ||
      !constraint.enforced ||
      isNew(context, table)
    )
      return undefined;
    const orphans = probe(context, 'orphans', table, constraint.columns);
    const { severity, estimate } = cost(context, 'foreign-key');
    if (severity === 'fine' && !orphans) return undefined;
    const name = constraint.name ?? shortName([bareName(table), ...constraint.columns, 'fkey'].join('_'));
    const position = context.statement.actions.findIndex(
      (action) => action.do === 'add-constraint' && action.constraint === constraint,
    );
    return {
      table,
      severity: orphans ? 'blocked' : severity,
      why: `${orphans ? `${table} has rows whose partner in ${target} is missing: it fails with 23503. ` : ''}Writes to ${table} and ${target} wait while both are read under SHARE ROW EXCLUSIVE.`,
      ...(estimate ? { estimate } : {}),
      consequences: severity === 'notice' ? [] : ['downtime'],
      safe: notValid(table, constraint, name, context.statement.text, position),
    };
  },
});
