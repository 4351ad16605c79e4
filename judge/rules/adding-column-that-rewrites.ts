import { volatileDefault } from '../fix/forms.ts';
import { rewritesRows } from '../schema/costly.ts';
import { cost, effectOn, isNew, waiting } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'adding-column-that-rewrites',
  finds:
    'A column is added whose value differs from row to row: a volatile default, serial, identity, or a stored generated column.',
  why: 'PostgreSQL writes every row of the table anew under ACCESS EXCLUSIVE: nobody reads or writes until it is done. Constant defaults, now() and CURRENT_TIMESTAMP cost nothing (PostgreSQL 11 and later).',
  instead:
    'Add the column without the default, set the default in a statement of its own, and fill the old rows in batches outside the migration. In place of a stored generated column: a plain column kept by a trigger or by the code.',
  on: ['add-column'],
  judge: ({ table, column }, context) => {
    if (isNew(context, table)) return undefined;
    const effect = effectOn(context, table);
    const domain = context.before.domains.get(column.type.name)?.constrained;
    if (context.by === 'rehearsal' ? !effect?.rewrites : !rewritesRows(column, context.before) && !domain)
      return undefined;
    // Another action of the same statement may be what rewrites.
    if (!rewritesRows(column, context.before) && !domain && context.statement.actions.length > 1)
      return undefined;
    const { severity, estimate } = cost(context);
    const what = column.type.serial
      ? 'serial'
      : column.identity
        ? 'an identity'
        : column.generated
          ? 'a stored generated column'
          : domain
            ? 'a domain with a constraint'
            : 'a volatile default';
    const position = context.statement.actions.findIndex(
      (action) => action.do === 'add-column' && action.column === column,
    );
    return {
      table,
      severity: severity === 'fine' ? 'needs-approval' : severity,
      why: `${column.name} has ${what}: ${effect ? waiting(context, { ...effect, rewrites: true }, 'rewritten') : 'every row is rewritten.'}`,
      ...(estimate ? { estimate } : {}),
      consequences: severity === 'notice' ? [] : ['downtime'],
      ...(column.default && !column.type.serial && !column.identity && !column.generated
        ? { safe: volatileDefault(table, column.name, column.notNull, context.statement.text, position) }
        : column.generated
          ? { help: 'Use a plain column that the code or a trigger fills, or a view that computes it.' }
          : {
              help: 'Add a plain bigint column, create the sequence, set its nextval() as the default, fill old rows in batches.',
            }),
    };
  },
});
