import { cost, effectOn, isNew, waiting } from './context.ts';
import { type Judged, rule } from './rule.ts';

const options = new Set(['AT_SetUnLogged', 'AT_SetLogged', 'AT_SetTableSpace', 'AT_SetAccessMethod']);

export default rule({
  id: 'rewriting-table',
  finds:
    'A statement whose very purpose is to write the table anew: CLUSTER, VACUUM FULL, SET UNLOGGED, SET TABLESPACE, SET ACCESS METHOD, SET EXPRESSION.',
  why: 'ACCESS EXCLUSIVE until every row and index is written: nobody reads or writes meanwhile.',
  instead: 'pg_repack or pg_squeeze, outside migrations; a new column in place of SET EXPRESSION.',
  on: ['cluster', 'vacuum', 'table-option', 'set-expression', 'other'],
  judge: (action, context) => {
    if (action.do === 'other')
      return action.kind === 'ALTER INDEX AT_SetTableSpace'
        ? {
            severity: 'needs-approval',
            why: `${action.name} is copied under ACCESS EXCLUSIVE: whoever would use it waits.`,
            help: 'REINDEX (TABLESPACE …) INDEX CONCURRENTLY, outside migrations.',
            consequences: ['downtime'],
          }
        : undefined;
    if (action.do === 'vacuum' && !action.full) return undefined;
    if (action.do === 'table-option' && !options.has(action.option)) return undefined;
    const tables = action.do === 'vacuum' ? action.tables : [action.table];
    const what =
      action.do === 'table-option'
        ? action.what
        : action.do === 'vacuum'
          ? 'VACUUM FULL'
          : action.do === 'cluster'
            ? 'CLUSTER'
            : 'SET EXPRESSION';
    if (!tables[0])
      return {
        severity: 'needs-approval',
        why: `${what} without a table's name goes over every table, each under ACCESS EXCLUSIVE.`,
        consequences: ['downtime'],
      };
    return tables.flatMap((table): Judged[] => {
      const effect = effectOn(context, table);
      // Seen not to rewrite: the table is there already, or of that kind.
      if (isNew(context, table) || (context.by === 'rehearsal' && !effect?.rewrites)) return [];
      const { severity, estimate } = cost(context);
      return [
        {
          table,
          severity: severity === 'fine' ? 'needs-approval' : severity,
          why: waiting(
            context,
            { table, lock: 'ACCESS EXCLUSIVE', rewrites: true, scans: true },
            `rewritten by ${what}`,
          ),
          ...(estimate ? { estimate } : {}),
          consequences: severity === 'notice' ? [] : ['downtime'],
        },
      ];
    });
  },
});
