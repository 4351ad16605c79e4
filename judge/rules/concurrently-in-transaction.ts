import { statementRule } from './rule.ts';

const words: Record<string, string> = {
  'create-index': 'CREATE INDEX CONCURRENTLY',
  drop: 'DROP INDEX CONCURRENTLY',
  reindex: 'REINDEX CONCURRENTLY',
  'detach-partition': 'DETACH PARTITION CONCURRENTLY',
};

export default statementRule({
  id: 'concurrently-in-transaction',
  finds:
    'A statement that cannot run in a transaction is in one: CONCURRENTLY, VACUUM, CREATE DATABASE, ALTER SYSTEM.',
  why: 'It fails with 25001. Before Prisma 7.4 a file with more than one statement is one transaction; from 7.4 on only BEGIN … COMMIT makes one, but a file that fails half-way stays half applied.',
  instead:
    'Put the statement alone in its migration file, without BEGIN and without SET before it. lock_timeout belongs on the connection.',
  judgeStatement: (context) => {
    const outside = context.statement.actions.find(
      (action) =>
        ('concurrently' in action && action.concurrently && action.do !== 'refresh') ||
        action.do === 'vacuum' ||
        action.do === 'database-wide' ||
        action.do === 'drop-database',
    );
    if (
      !outside ||
      (outside.do === 'vacuum' && !outside.vacuum) ||
      (outside.do === 'database-wide' && outside.what.endsWith(' SET'))
    )
      return undefined;
    const what =
      words[outside.do] ??
      (outside.do === 'vacuum' ? 'VACUUM' : outside.do === 'database-wide' ? outside.what : 'DROP DATABASE');
    const { transaction, file } = context;
    if (transaction.kind === 'explicit')
      return {
        severity: 'blocked',
        why: `${what} is inside BEGIN … COMMIT: it fails with 25001.`,
        help: 'Take it out of the transaction, alone in its file.',
      };
    if (transaction.kind === 'file' && transaction.members.length > 1) {
      if (transaction.certain)
        return {
          severity: 'blocked',
          why: `Prisma ${context.prisma?.text ?? ''} sends the file as one transaction: ${what} fails with 25001.`.replace(
            '  ',
            ' ',
          ),
          help: 'Put it alone in its file.',
        };
      return {
        severity: 'notice',
        why: `${what} is not alone in its file: under Prisma before 7.4 it fails with 25001; from 7.4 on a failure leaves the file half applied.`,
        help: 'Put it alone in its file.',
      };
    }
    if (file.statements.length > 1 && transaction.kind === 'single')
      return {
        severity: 'notice',
        why: `${what} is not alone in its file: if it fails, what stands before it stays applied.`,
        help: 'Put it alone in its file.',
      };
    return undefined;
  },
});
