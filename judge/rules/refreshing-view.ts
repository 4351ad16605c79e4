import { cost, isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'refreshing-view',
  finds:
    'A materialized view is filled, by CREATE or by REFRESH without CONCURRENTLY, or emptied by WITH NO DATA.',
  why: 'REFRESH takes ACCESS EXCLUSIVE on the view until its query has run: its readers wait. CREATE runs the query inside the migration.',
  instead:
    'REFRESH … CONCURRENTLY (it needs a unique index over the whole view); CREATE … WITH NO DATA, and fill it outside the migration.',
  on: ['refresh', 'create-view'],
  judge: (action, context) => {
    const table = action.view;
    if (action.do === 'create-view') {
      const read =
        action.materialized && action.withData
          ? context.effects.filter((effect) => effect.scans && !isNew(context, effect.table))
          : [];
      return read.length === 0
        ? undefined
        : {
            table,
            severity: 'notice',
            why: `Its query reads ${read.map((effect) => effect.table).join(', ')} inside the migration; nobody waits for it.`,
            help: 'WITH NO DATA, and REFRESH outside the migration.',
          };
    }
    if (isNew(context, table) || action.concurrently) return undefined;
    if (!action.withData)
      return {
        table,
        severity: 'needs-approval',
        why: `${table} is emptied: whoever reads it fails (55000) until it is filled again.`,
        help: 'REFRESH MATERIALIZED VIEW CONCURRENTLY keeps what is there until the new rows are.',
        consequences: ['downtime'],
      };
    const { severity, estimate } = cost(context);
    const weight = severity === 'notice' ? 'notice' : 'needs-approval';
    return {
      table,
      severity: weight,
      why: `Everyone who reads ${table} waits until its query has run.`,
      help: 'REFRESH MATERIALIZED VIEW CONCURRENTLY needs a unique index over the whole view.',
      ...(estimate ? { estimate } : {}),
      consequences: weight === 'notice' ? [] : ['downtime'],
    };
  },
});
