import { modelOfTable } from '../compatibility/prisma.ts';
import type { ActionOf } from '../parse/action.ts';
import { withSchema } from '../schema/names.ts';
import { isNew } from './context.ts';
import { type Context, type Judged, rule } from './rule.ts';

export default rule({
  id: 'weakening-unique',
  finds: 'A primary key or unique index goes that the release which runs now relies on.',
  why: "Prisma's native upsert is INSERT … ON CONFLICT: without the unique index it fails (42P10). And duplicates that get in meanwhile keep the index from coming back.",
  instead:
    'Build the new unique index first, release the code that uses it, and drop the old one in a later release.',
  on: ['drop', 'drop-constraint'],
  judge: (action, context) => {
    const names =
      action.do === 'drop-constraint'
        ? [withSchema(action.name, action.table)]
        : action.what === 'index'
          ? action.names
          : [];
    return names.flatMap((name): Judged[] => {
      const index = context.before.indexes.get(name);
      if (!index && action.do === 'drop-constraint' && couldBeKey(context, action)) {
        const why = `What ${action.name} is, no migration says: if it is a key, upserts by it fail (42P10) and duplicates are no longer refused.`;
        // Where the whole history is unknown the name is all there is to go by.
        const likely =
          context.history || /(^|_)(key|pkey|pk|uniq|unique|uq|uk)\d*(_|$)|_key\d*$/i.test(action.name);
        return [{ table: action.table, severity: likely ? 'needs-approval' : 'notice', why }];
      }
      if (!index?.unique || isNew(context, index.table)) return [];
      const same = (columns: readonly string[]): boolean =>
        [...columns].sort().join() === [...index.columns].sort().join();
      const other = [...context.before.indexes.values()].some(
        (candidate) =>
          candidate !== index &&
          candidate.table === index.table &&
          candidate.unique &&
          !candidate.partial &&
          same(candidate.columns),
      );
      const replaced = context.statement.actions.some(
        (one) =>
          one.do === 'add-constraint' &&
          (one.constraint.kind === 'primary-key' || one.constraint.kind === 'unique') &&
          (one.constraint.usingIndex !== undefined || same(one.constraint.columns)),
      );
      if (other || replaced) return [];
      const model = context.oldClient && modelOfTable(context.oldClient, index.table);
      const relies = model?.uniques.some((unique) =>
        same(unique.fields.map((field) => model.fields.find((item) => item.name === field)?.column ?? field)),
      );
      const why = `The ${index.primary ? 'primary key' : 'unique index'} over (${index.columns.join(', ')}) of ${index.table} goes: duplicates are no longer refused${relies ? ', and upserts of the release that runs now may fail (42P10)' : ''}.`;
      return [
        {
          table: index.table,
          severity: relies || !context.oldClient ? 'needs-approval' : 'notice',
          why,
          consequences: relies ? ['no-rollback'] : [],
        },
      ];
    });
  },
});

/** Not known from the migrations, not replaced by the same statement, and not named as Prisma and PostgreSQL name the others. */
function couldBeKey(context: Context, action: ActionOf<'drop-constraint'>): boolean {
  if (isNew(context, action.table) || context.before.tables.get(action.table)?.constraints.has(action.name))
    return false;
  if (context.statement.actions.some((other) => other.do === 'add-constraint')) return false;
  return !/_(fkey|fk|check|ck|excl|not_null)\d*$/i.test(action.name) && !/^fk_|^ck_/i.test(action.name);
}
