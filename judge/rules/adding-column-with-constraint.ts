import { bareColumn } from '../fix/forms.ts';
import { cost, effectOn, factsOf, isNew, waiting } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'adding-column-with-constraint',
  finds: 'A new column brings a CHECK, UNIQUE, PRIMARY KEY or REFERENCES with it.',
  why: 'CHECK, UNIQUE and PRIMARY KEY read the whole table under ACCESS EXCLUSIVE. REFERENCES reads nothing while the column is NULL everywhere, but it takes locks on two tables at once: while it waits for one, writes to the other wait too.',
  instead:
    'Add the bare column, then each constraint as its own rule says: NOT VALID and VALIDATE, or a concurrently built index.',
  on: ['add-column'],
  judge: ({ table, column }, context) => {
    if (column.constraints.length === 0 || isNew(context, table)) return undefined;
    const position = context.statement.actions.findIndex(
      (action) => action.do === 'add-column' && action.column === column,
    );
    const reading = column.constraints.filter((constraint) => constraint.kind !== 'foreign-key');
    const effect = effectOn(context, table);
    const safe = bareColumn(table, column.name, column.constraints, context.statement.text, position);
    if (reading.length > 0) {
      const { severity, estimate } = cost(context);
      if (severity === 'fine') return undefined;
      return {
        table,
        severity,
        why: effect
          ? waiting(context, effect, 'read')
          : `The whole of ${table} is read under ACCESS EXCLUSIVE.`,
        ...(estimate ? { estimate } : {}),
        consequences: severity === 'notice' ? [] : ['downtime'],
        safe,
      };
    }
    const other = column.constraints[0]?.references?.table ?? '';
    if (other === table || isNew(context, other)) return undefined;
    const { severity } = cost(context, 'foreign-key');
    // Locks that are got at once hurt nobody; only where neither table's size and traffic is known must a person look.
    const calm = [table, other].every((name) => {
      const facts = factsOf(context, name);
      return facts !== undefined && (facts.writesPerSecond ?? 0) < 1;
    });
    return {
      table,
      severity: calm && severity !== 'needs-approval' ? 'notice' : 'needs-approval',
      why: `It takes ACCESS EXCLUSIVE on ${table} and SHARE ROW EXCLUSIVE on ${other} in one statement: while it waits for one of them, every write to the other waits as well, and two such waits can deadlock.`,
      help: 'Add the bare column first, and the foreign key NOT VALID in a statement of its own.',
      safe,
    };
  },
});
