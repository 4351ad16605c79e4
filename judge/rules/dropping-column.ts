import { later } from '../fix/forms.ts';
import { quote } from '../parse/nodes.ts';
import { isNew } from './context.ts';
import { taking } from './old-code.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'dropping-column',
  finds: 'A column is dropped.',
  why: 'Prisma lists every column by name in SELECT and RETURNING. The release that still runs, and the one a rollback would bring back, fail on every read of the model (P2022). The values are gone.',
  instead:
    'Remove the field from schema.prisma and release that first. Drop the column in a release after it, when no running release and no rollback target reads it.',
  on: ['drop-column'],
  judge: ({ table, column, cascade }, context) => {
    const entry = context.before.tables.get(table);
    if (isNew(context, table) || (entry?.known && entry.kind === 'view')) return undefined;
    // Made by these migrations themselves: nothing uses it.
    if (
      context.earlier.some((placed) =>
        placed.statement.actions.some(
          (action) => action.do === 'add-column' && action.table === table && action.column.name === column,
        ),
      )
    )
      return undefined;
    const weight = taking(context, `${table}.${column}`, table, column, 'P2022');
    return {
      table,
      severity: weight.severity,
      why: `${weight.sentence} Its values are lost.`,
      consequences: [...weight.consequences, 'data-loss'],
      ...(weight.severity === 'notice'
        ? {}
        : {
            help: 'Release first without the field in schema.prisma; drop it in the release after that.',
            ...(cascade
              ? {}
              : {
                  safe: later(
                    'Release without the field first; then, in a later release, the same statement.',
                    `${table}_${column}_drop`,
                    `ALTER TABLE ${quote(table)} DROP COLUMN ${quote(column)}`,
                  ),
                }),
          }),
    };
  },
});
