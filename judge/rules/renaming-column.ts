import { mirrored } from '../fix/mirror.ts';
import { quote } from '../parse/nodes.ts';
import { isNew } from './context.ts';
import { taking } from './old-code.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'renaming-column',
  finds: 'A column is renamed.',
  why: 'The release that still runs asks for the old name: every read and write of the model fails (P2022) from the moment the rename commits, and so would a rollback.',
  instead:
    'Rename the field in schema.prisma and keep the column: `newName Type @map("old_name")` needs no migration. If the column itself must be renamed: add the new one, keep both alike by a trigger, drop the old one in a later release.',
  on: ['rename-column'],
  judge: ({ table, column, to, view }, context) => {
    if (isNew(context, table)) return undefined;
    const weight = taking(context, `${table}.${column}`, table, column, 'P2022');
    if (view && weight.severity === 'needs-approval') weight.severity = 'notice';
    const type = context.before.tables.get(table)?.columns.get(column)?.type;
    const safe =
      type &&
      mirrored({
        catalogue: context.before,
        table,
        from: column,
        beside: to,
        to,
        type,
        forth: `NEW.${quote(column)}`,
        back: `NEW.${quote(to)}`,
      });
    return {
      table,
      severity: weight.severity,
      why: weight.sentence,
      consequences: weight.consequences,
      ...(weight.severity === 'notice'
        ? {}
        : {
            help: `Keep the column and rename only the field: ${to} … @map("${column}"). That needs no SQL.`,
            ...(safe ? { safe } : {}),
          }),
    };
  },
});
