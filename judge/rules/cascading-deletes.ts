import { isNew } from './context.ts';
import { type Judged, rule } from './rule.ts';

export default rule({
  id: 'cascading-deletes',
  finds: 'A foreign key with ON DELETE CASCADE whose column has no index.',
  why: 'One DELETE may then delete without bound, in one transaction, each row looked up by the referencing column: without an index on it, by reading the whole table.',
  instead: 'An index on the referencing column; delete in batches from the leaves.',
  on: ['add-constraint', 'add-column'],
  judge: (action, context) => {
    const constraints = action.do === 'add-column' ? action.column.constraints : [action.constraint];
    return constraints.flatMap((constraint): Judged[] => {
      if (constraint.references?.onDelete !== 'cascade' || isNew(context, constraint.references.table))
        return [];
      const first = action.do === 'add-column' ? action.column.name : constraint.columns[0];
      const indexed =
        [...context.before.indexes.values()].some(
          (index) => index.table === action.table && index.columns[0] === first,
        ) ||
        context.later.some((placed) =>
          placed.statement.actions.some(
            (other) =>
              other.do === 'create-index' && other.table === action.table && other.columns[0] === first,
          ),
        );
      if (!context.before.tables.get(action.table)?.known || indexed) return [];
      return [
        {
          table: action.table,
          severity: 'notice',
          why: `Deleting a row of ${constraint.references.table} reads all of ${action.table}: ${first} has no index.`,
        },
      ];
    });
  },
});
