import { statementRule } from './rule.ts';

export default statementRule({
  id: 'failing-statement',
  finds:
    'The rehearsal ran the statement on the schema that the applied migrations make, and the server refused it.',
  why: 'It would fail in production as well, and stop the deployment in the middle: from Prisma 7.4 on what stands before it stays applied.',
  instead: 'Mend the statement; the error names what is wrong.',
  judgeStatement: ({ rehearsed }) =>
    rehearsed?.outcome === 'failed' && rehearsed.error
      ? { severity: 'blocked', why: `It fails: ${rehearsed.error.code} ${rehearsed.error.message}.` }
      : undefined,
});
