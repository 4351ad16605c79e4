import { later } from '../fix/forms.ts';
import { quote } from '../parse/nodes.ts';
import { isNew } from './context.ts';
import { taking } from './old-code.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'dropping-table',
  finds: 'A table is dropped.',
  why: 'Whatever still reads it fails (P2021), a rollback included; its rows are gone. It also takes ACCESS EXCLUSIVE on every table that its foreign keys reference.',
  instead: 'Remove the model from schema.prisma and release that first; drop the table in a later release.',
  on: ['drop'],
  judge: (action, context) => {
    if (action.what !== 'table' && action.what !== 'foreign-table') return undefined;
    return action.names.flatMap((table) => {
      if (isNew(context, table)) return [];
      const weight = taking(context, table, table, undefined, 'P2021');
      const others = context.effects
        .filter((effect) => effect.table !== table && effect.lock === 'ACCESS EXCLUSIVE')
        .map((effect) => effect.table);
      return [
        {
          table,
          severity: weight.severity,
          why: `${weight.sentence} Its rows are lost.${others.length > 0 ? ` ACCESS EXCLUSIVE also on ${others.join(', ')}.` : ''}`,
          consequences: [...weight.consequences, 'data-loss' as const],
          ...(weight.severity === 'notice'
            ? {}
            : {
                help: 'Release first without the model in schema.prisma; drop the table in the release after that.',
                ...(action.cascade
                  ? {}
                  : {
                      safe: later(
                        'Release without the model first; then, in a later release, the same statement.',
                        `${table}_drop`,
                        `DROP TABLE ${quote(table)}`,
                      ),
                    }),
              }),
        },
      ];
    });
  },
});
