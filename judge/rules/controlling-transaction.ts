import { type Placed, statementRule } from './rule.ts';

const kinds = (placed: readonly Placed[]) =>
  placed.flatMap((one) =>
    one.statement.actions.flatMap((action) => (action.do === 'transaction' ? [action.what] : [])),
  );

export default statementRule({
  id: 'controlling-transaction',
  finds:
    'BEGIN, COMMIT, ROLLBACK or PREPARE TRANSACTION in the file: nested, unfinished, or undoing what stands before it.',
  why: 'A BEGIN that is not committed is rolled back when Prisma closes the connection: the migration is recorded as applied and nothing of it is there. A second BEGIN is ignored, and the first COMMIT ends both.',
  instead:
    'No transaction control, or exactly one BEGIN … COMMIT around statements that must be seen together.',
  judgeStatement: (context) => {
    const control = context.statement.actions.find((action) => action.do === 'transaction');
    if (!control) return undefined;
    const inFile = (placed: readonly Placed[]): Placed[] => placed.filter((one) => one.file === context.file);
    const open = kinds(inFile(context.earlier)).reduce(
      (level, what) => (what === 'begin' ? level + 1 : what === 'commit' || what === 'rollback' ? 0 : level),
      0,
    );
    if (control.what === 'begin') {
      if (open > 0)
        return {
          severity: 'needs-approval',
          why: 'A transaction is open already: this BEGIN is ignored, and the next COMMIT ends them both.',
          help: 'Remove the second BEGIN.',
        };
      const closes = kinds(inFile(context.later)).some((what) => what === 'commit' || what === 'rollback');
      return closes
        ? undefined
        : {
            severity: 'blocked',
            why: 'It is never committed: Prisma closes the connection, everything is rolled back, and the migration counts as applied.',
            help: 'Add COMMIT, or remove BEGIN.',
          };
    }
    if (control.what === 'commit' && open === 0) {
      const whole = context.transaction.kind === 'file' && context.transaction.certain;
      return {
        severity: 'needs-approval',
        why: whole
          ? 'It ends the transaction that Prisma holds the file in: what follows is outside of it.'
          : 'There is no transaction to commit.',
        help: 'Remove it.',
      };
    }
    if (control.what === 'rollback')
      return {
        severity: 'needs-approval',
        why: 'It undoes what stands before it, and the migration counts as applied.',
      };
    if (control.what === 'prepared')
      return {
        severity: 'needs-approval',
        why: 'A prepared transaction holds its locks until someone commits it, over restarts.',
      };
    return undefined;
  },
});
