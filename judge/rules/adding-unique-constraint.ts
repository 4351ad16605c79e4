import { shortName, unique } from '../fix/forms.ts';
import { bareName, withSchema } from '../schema/names.ts';
import { cost, effectOn, isNew, probe, waiting } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'adding-unique-constraint',
  finds: 'A UNIQUE or PRIMARY KEY constraint builds its index at once.',
  why: 'The index is built under ACCESS EXCLUSIVE: nobody reads or writes meanwhile. One duplicate makes it fail (23505).',
  instead:
    'CREATE UNIQUE INDEX CONCURRENTLY, alone in its file, then ADD CONSTRAINT … USING INDEX. For a primary key the columns must be NOT NULL first.',
  on: ['add-constraint'],
  judge: ({ table, constraint }, context) => {
    const primary = constraint.kind === 'primary-key';
    if ((!primary && constraint.kind !== 'unique') || isNew(context, table)) return undefined;
    const effect = effectOn(context, table);
    const { severity, estimate } = cost(context, 'create-index');
    if (constraint.usingIndex) {
      const index = context.before.indexes.get(withSchema(constraint.usingIndex, table));
      if (primary && !index)
        return {
          table,
          severity: 'notice',
          why: `Where a column of ${constraint.usingIndex} may be NULL, the table is read under ACCESS EXCLUSIVE; what it is over, no migration says.`,
        };
      // The lock is brief; only a primary key over nullable columns still reads the table.
      if (!primary || !effect?.scans || severity === 'fine') return undefined;
      return {
        table,
        severity,
        why: `The primary key makes ${(index?.columns ?? []).join(', ')} NOT NULL: ${waiting(context, effect, 'read')}`,
        help: 'Make the columns NOT NULL first, by way of a validated CHECK.',
        ...(estimate ? { estimate } : {}),
        consequences: ['downtime'],
      };
    }
    const duplicates = probe(context, 'duplicates', table, constraint.columns);
    if (severity === 'fine' && !duplicates) return undefined;
    const columns = context.before.tables.get(table)?.columns;
    const nullable = primary
      ? constraint.columns.filter((column) => columns?.get(column)?.notNull === false)
      : [];
    const name =
      constraint.name ??
      shortName(
        primary ? `${bareName(table)}_pkey` : [bareName(table), ...constraint.columns, 'key'].join('_'),
      );
    return {
      table,
      severity: duplicates ? 'blocked' : severity,
      why: `${duplicates ? `${table} has duplicates in (${constraint.columns.join(', ')}): it fails with 23505. ` : ''}${effect ? waiting(context, effect, 'read and the index is built') : ''}`,
      ...(estimate ? { estimate } : {}),
      consequences: severity === 'notice' ? [] : ['downtime'],
      safe: unique(table, constraint.columns, name, primary, nullable),
    };
  },
});
