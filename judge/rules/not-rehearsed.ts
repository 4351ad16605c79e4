import { statementRule } from './rule.ts';

export default statementRule({
  id: 'not-rehearsed',
  finds: 'The statement could not be rehearsed; the rules alone judged it.',
  why: 'PGlite lacks an extension, a role or a table that no migration makes; or the statement ran too long, needed too much memory, or reaches outside the database.',
  instead: 'Nothing, if the reason is plain. A baseline migration makes the tables known.',
  judgeStatement: ({ rehearsed }) =>
    rehearsed?.outcome === 'skipped' && rehearsed.reason && !rehearsed.reason.endsWith('it ran')
      ? { severity: 'notice', why: `It was not rehearsed: ${rehearsed.reason.replace(/\.$/, '')}.` }
      : undefined,
});
