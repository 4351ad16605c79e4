import { columnsOf, modelOfTable } from '../compatibility/prisma.ts';
import { notNull } from '../fix/forms.ts';
import { cost, effectOn, isNew, probe, waiting } from './context.ts';
import { oldCode } from './old-code.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'setting-not-null',
  finds: 'A column is made NOT NULL.',
  why: 'PostgreSQL reads the whole table under ACCESS EXCLUSIVE to look for NULLs, and fails (23502) if it finds one. Afterwards a release that leaves the field out cannot write (P2011).',
  instead:
    'Release code that always sets the field. Add CHECK (column IS NOT NULL) NOT VALID, validate it in the next migration (reads and writes go on), then SET NOT NULL: with a validated check it reads nothing. Drop the check.',
  on: ['set-not-null'],
  judge: ({ table, column }, context) => {
    if (isNew(context, table)) return undefined;
    const entry = context.before.tables.get(table)?.columns.get(column);
    if (entry?.notNull) return undefined;
    const effect = effectOn(context, table);
    const { severity, estimate } = cost(context);
    const nulls = probe(context, 'nulls', table, [column]);
    const model = context.oldClient && modelOfTable(context.oldClient, table);
    const field = model && columnsOf(model).find((item) => item.column === column);
    const leavesOut = field
      ? field.optional && field.default === 'none'
      : oldCode(context, table, column) === 'unaware' && entry?.default === 'none';
    const slow = effect?.scans && severity !== 'fine';
    const reasons = [
      nulls ? `${table} has rows where ${column} is NULL: it fails with 23502.` : '',
      slow && effect ? waiting(context, effect, 'read') : '',
      leavesOut ? `The release that runs now may leave ${column} out: its writes then fail with P2011.` : '',
      !context.oldClient && !slow ? 'Whether the release that runs now always sets it is not known.' : '',
      nulls === false ? 'No row has NULL there now.' : '',
    ].filter(Boolean);
    if (!slow && !nulls && !leavesOut && context.oldClient) return undefined;
    return {
      table,
      severity: nulls
        ? 'blocked'
        : slow
          ? severity === 'notice' && leavesOut
            ? 'needs-approval'
            : severity
          : leavesOut
            ? 'needs-approval'
            : 'notice',
      why: reasons.join(' '),
      ...(estimate ? { estimate } : {}),
      consequences: [
        ...(slow && severity !== 'notice' ? (['downtime'] as const) : []),
        ...(leavesOut ? (['no-rollback'] as const) : []),
      ],
      safe: notNull(table, column),
    };
  },
});
