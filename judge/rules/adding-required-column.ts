import { requiredColumn } from '../fix/forms.ts';
import { factsOf, isNew, probe } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'adding-required-column',
  finds: 'A NOT NULL column is added without a default.',
  why: 'If the table has one row, the statement fails (23502). If it has none, the release that still runs cannot insert: it does not know the column (P2011).',
  instead:
    'Add the column nullable, or with a default. If it must be required without one: add it nullable, release code that always fills it, fill the old rows in batches, and require it by a validated CHECK in a later release.',
  on: ['add-column'],
  judge: ({ table, column }, context) => {
    const filled = column.default || column.type.serial || column.identity || column.generated;
    if (!column.notNull || filled || isNew(context, table)) return undefined;
    const facts = factsOf(context, table);
    const rows = probe(context, 'rows', table, []);
    const empty = rows === false;
    const many = facts?.rows ? `, and it has about ${Math.round(facts.rows).toLocaleString('en-US')}` : '';
    const position = context.statement.actions.findIndex(
      (action) => action.do === 'add-column' && action.column === column,
    );
    return {
      table,
      severity: empty ? 'needs-approval' : 'blocked',
      why: empty
        ? `${table} is empty now, so it would run; but the release that runs now cannot insert afterwards: it does not send ${column.name} (P2011).`
        : `It fails with 23502 as soon as ${table} has a row${many || (rows ? ', and it has rows' : '')}; the release that runs now could not insert afterwards either (P2011).`,
      help: `Add it nullable or with a default.`,
      consequences: empty ? ['downtime', 'no-rollback'] : ['downtime'],
      safe: requiredColumn(table, column.name, context.statement.text, position),
    };
  },
});
