import { changeAgrees } from '../compatibility/types.ts';
import { mirrored } from '../fix/mirror.ts';
import { quote } from '../parse/nodes.ts';
import { type SqlType, showType, typeSql } from '../parse/types.ts';
import { keepsRows, plainUsing } from '../schema/coercion.ts';
import { cost, effectOn, isNew, waiting } from './context.ts';
import { type Context, rule } from './rule.ts';

export default rule({
  id: 'changing-column-type',
  finds: "A column's type is changed.",
  why: 'Unless the old bytes are valid as the new type, every row and every index is rewritten under ACCESS EXCLUSIVE. And the release that still runs may not be able to read or write the new type.',
  instead:
    'Free of cost: varchar to a longer varchar or to text, numeric to more digits at the same scale, a longer precision of timestamp, time and interval, cidr to inet. For anything else: a new column beside the old one, kept alike by a trigger, filled in batches; the code moves over, the old column goes in a later release.',
  on: ['change-type'],
  judge: (action, context) => {
    const { table, column, type } = action;
    if (isNew(context, table)) return undefined;
    const from = context.before.tables.get(table)?.columns.get(column)?.type;
    const effect = effectOn(context, table);
    const { severity, estimate } = cost(context);
    const keeps = plainUsing(action.using, column, type)
      ? keepsRows(from, type, context.before, false)
      : false;
    const agreement = changeAgrees(from, type);
    const slow = effect?.scans && severity !== 'fine';
    if (!slow && keeps !== undefined && agreement === 'compatible') return undefined;
    const shown = from?.name
      ? `from ${showType(from)} to ${showType(type)}`
      : `to ${showType(type)}; what it was before is not known`;
    const reasons = [
      slow && effect
        ? waiting(context, effect, effect.rewrites ? 'rewritten, with every index,' : 'read')
        : '',
      agreement === 'compatible' || agreement === 'unknown'
        ? ''
        : `The release that runs now ${agreement === 'incompatible' ? 'cannot work with' : 'cannot read what the new release writes into'} ${showType(type)}.`,
    ].filter(Boolean);
    const weight = slow
      ? severity
      : agreement === 'compatible' || agreement === 'unknown'
        ? 'notice'
        : 'needs-approval';
    const narrower = agreement === 'narrower';
    const safe = from?.name ? beside(context, table, column, from, type) : undefined;
    return {
      table,
      severity: from?.name || weight !== 'notice' ? weight : 'needs-approval',
      why: `${column} changes ${shown}. ${reasons.join(' ')}`.trim(),
      ...(estimate ? { estimate } : {}),
      consequences: [
        ...(slow && severity !== 'notice' ? (['downtime'] as const) : []),
        ...(agreement === 'incompatible' || agreement === 'until-written' ? (['no-rollback'] as const) : []),
        ...(narrower ? (['data-loss'] as const) : []),
      ],
      ...(safe
        ? { safe }
        : { help: 'Give the history of migrations (or a rehearsal) so that the prior type is known.' }),
    };
  },
});

function beside(context: Context, table: string, column: string, from: SqlType, type: SqlType) {
  const next = `${column}_new`;
  const forth = `NEW.${quote(column)}::text::${typeSql(type)}`;
  const back = `NEW.${quote(next)}::text::${typeSql(from)}`;
  return mirrored({
    catalogue: context.before,
    table,
    from: column,
    beside: next,
    to: column,
    type,
    forth,
    back,
  });
}
