import { isNew, probe } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'validating-what-fails',
  finds: 'A constraint is validated that rows of today do not keep to.',
  why: 'NOT VALID lets old rows be as they are; VALIDATE CONSTRAINT reads them all and fails with the first that does not fit (23503 or 23514). Only facts of the database tell.',
  instead: 'Mend the rows first, in batches and outside of the migrations, then validate.',
  on: ['validate-constraint'],
  judge: ({ table, name }, context) => {
    if (isNew(context, table)) return undefined;
    const constraint = context.before.tables.get(table)?.constraints.get(name);
    if (!constraint) return undefined;
    const kind = constraint.kind === 'foreign-key' ? 'orphans' : 'violations';
    if (probe(context, kind, table, constraint.columns) !== true) return undefined;
    return {
      table,
      severity: 'blocked',
      why:
        kind === 'orphans'
          ? `${table} has rows whose partner in ${constraint.references?.table ?? 'the other table'} is missing: it fails with 23503.`
          : `${table} has rows that do not keep to ${name}: it fails with 23514.`,
      help: 'Mend those rows first.',
    };
  },
});
