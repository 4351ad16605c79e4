import { notValid, shortName } from '../fix/forms.ts';
import { bareName } from '../schema/names.ts';
import { cost, effectOn, isNew, probe, waiting } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'adding-check-constraint',
  finds: 'A CHECK (or NOT NULL) constraint is added and checked at once.',
  why: 'Every row is read under ACCESS EXCLUSIVE: nobody reads or writes meanwhile. One row that does not satisfy it makes the statement fail (23514).',
  instead:
    'ADD CONSTRAINT … CHECK (…) NOT VALID, then VALIDATE CONSTRAINT in a migration of its own: that reads the table while everybody works on.',
  on: ['add-constraint'],
  judge: ({ table, constraint }, context) => {
    if (
      (constraint.kind !== 'check' && constraint.kind !== 'not-null') ||
      constraint.notValid ||
      !constraint.enforced ||
      isNew(context, table)
    )
      return undefined;
    const { severity, estimate } = cost(context);
    const effect = effectOn(context, table);
    const broken = probe(context, 'violations', table, constraint.columns) === true;
    if ((severity === 'fine' && !broken) || !effect) return undefined;
    const name =
      constraint.name ?? shortName([bareName(table), ...constraint.columns.slice(0, 1), 'check'].join('_'));
    const position = context.statement.actions.findIndex(
      (action) => action.do === 'add-constraint' && action.constraint === constraint,
    );
    return {
      table,
      severity: broken ? 'blocked' : severity,
      why: `${broken ? `${table} has rows that do not keep to it: it fails with 23514. ` : ''}${waiting(context, effect, 'read')}`,
      ...(estimate ? { estimate } : {}),
      consequences: severity === 'notice' ? [] : ['downtime'],
      ...(constraint.kind === 'check'
        ? { safe: notValid(table, constraint, name, context.statement.text, position) }
        : {}),
    };
  },
});
