import { probe } from './context.ts';
import { type Context, statementRule } from './rule.ts';

const meanings: Record<string, string> = {
  '23502': 'a NULL',
  '23505': 'a duplicate',
  '23514': 'a row that breaks the CHECK',
  '23503': 'a row without its partner',
  '23P01': 'two rows that exclude each other',
};

export default statementRule({
  id: 'failing-on-some-rows',
  finds: 'The statement runs on empty tables, and failed in the rehearsal on made-up rows.',
  why: 'Whether it fails in production depends on the rows that are there: a NULL, a duplicate, a value that cannot be converted.',
  instead:
    'Look for such rows first (Lockstep does, where it reaches the database); mend them before the migration.',
  judgeStatement: (context) => {
    const failed = context.rehearsed?.onRows;
    if (!failed || asked(context)) return undefined;
    const { code, message } = failed;
    return {
      severity: code.startsWith('22') ? 'needs-approval' : 'notice',
      why: `With ${code === '23502' && adds(context) ? 'any row' : (meanings[code] ?? 'some rows')} in the table it fails: ${code} ${message.replace(/\.$/, '')}.`,
    };
  },
});

/** Of a column that the statement adds, every row has a NULL. */
const adds = (context: Context): boolean =>
  context.statement.actions.some((action) => action.do === 'add-column');

/** Today's rows were looked at: the rule of the statement has spoken. */
const asked = (context: Context): boolean =>
  context.statement.actions.some((action) => {
    if (action.do === 'set-not-null')
      return probe(context, 'nulls', action.table, [action.column]) !== undefined;
    if (action.do === 'create-index')
      return probe(context, 'duplicates', action.table, action.columns) !== undefined;
    if (action.do !== 'add-constraint') return false;
    return (['duplicates', 'orphans', 'violations'] as const).some(
      (kind) => probe(context, kind, action.table, action.constraint.columns) !== undefined,
    );
  });
