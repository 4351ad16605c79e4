import type { Action } from '../parse/action.ts';
import { type Context, rule } from './rule.ts';

export default rule({
  id: 'publishing-without-identity',
  finds: 'A publication takes in tables whose rows have no replica identity.',
  why: 'From that moment every UPDATE and DELETE on such a table fails with 55000: a subscriber could not tell which row is meant. Tables without a primary key are among them, and so are the tables (`_AToB`) that Prisma before 6 made for many-to-many relations: `disconnect` and `set` then fail.',
  instead:
    'Give each a primary key first (of `_AToB`: `ALTER TABLE "_AToB" ADD PRIMARY KEY ("A", "B")`), or `REPLICA IDENTITY USING INDEX`; or publish what you need by name, or only inserts (`WITH (publish = \'insert\')`).',
  on: ['create-publication'],
  judge: (action, context) => {
    if (!action.changes) return undefined;
    const published = action.tables === 'all' ? [...context.before.tables.keys()] : action.tables;
    const without = published.filter((name) => lacksKey(context, name));
    if (without.length > 0)
      return {
        severity: 'needs-approval',
        why: `${without.slice(0, 5).join(', ')}${without.length > 5 ? ` and ${without.length - 5} more` : ''} ${without.length === 1 ? 'has' : 'have'} no primary key: UPDATE and DELETE fail with 55000 as soon as ${action.name} is there.`,
        consequences: ['downtime'],
      };
    if (action.tables !== 'all' || context.history) return undefined;
    return {
      severity: 'notice',
      why: `UPDATE and DELETE fail with 55000 on every table without a primary key, and which those are no migration says.`,
    };
  },
});

/** Seen to be made, with rows of its own, without a primary key, and not given an identity of another kind here. */
function lacksKey(context: Context, name: string): boolean {
  const table = context.before.tables.get(name);
  if (!table?.known || table.kind !== 'table' || table.partitioned) return false;
  const identified = (action: Action): boolean =>
    action.do === 'table-option' &&
    action.table === name &&
    /^REPLICA IDENTITY (FULL|USING)/.test(action.what);
  return (
    ![...context.before.indexes.values()].some((index) => index.table === name && index.primary) &&
    !context.earlier.some((placed) => placed.statement.actions.some(identified))
  );
}
