import { statementRule } from './rule.ts';

/** What did not end on a handful of rows does not end sooner on all of them. */
const endless = /^it (ran longer|needed more) than /;

export default statementRule({
  id: 'not-rehearsed',
  finds: 'The statement could not be rehearsed; the rules alone judged it.',
  why: 'PGlite lacks an extension, a role or a table that no migration makes; or the statement ran too long, needed too much memory, or reaches outside the database.',
  instead: 'Nothing, if the reason is plain. A baseline migration makes the tables known.',
  judgeStatement: ({ rehearsed }) =>
    rehearsed?.outcome === 'skipped' && rehearsed.reason && !rehearsed.reason.endsWith('it ran')
      ? {
          severity: endless.test(rehearsed.reason) ? 'needs-approval' : 'notice',
          why: `It was not rehearsed: ${rehearsed.reason.replace(/\.$/, '')}.`,
        }
      : undefined,
});
