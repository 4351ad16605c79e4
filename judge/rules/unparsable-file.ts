import type { FileProblem } from '../parse/statements.ts';
import { fileRule } from './rule.ts';

/** What stops a file from being read at all, and what is merely worth a word. */
const severities: Record<FileProblem['kind'], 'blocked' | 'needs-approval' | 'notice'> = {
  syntax: 'blocked',
  encoding: 'blocked',
  bom: 'blocked',
  nul: 'blocked',
  'meta-command': 'blocked',
  'nested-too-deep': 'blocked',
  unreadable: 'blocked',
  'too-large': 'needs-approval',
  empty: 'notice',
  crlf: 'notice',
};

export default fileRule({
  id: 'unparsable-file',
  finds:
    'A migration file that PostgreSQL cannot read: a syntax error, a wrong encoding, a byte order mark, a command of psql, too large, nested too deeply.',
  why: 'Prisma sends the file to the server as it is. One syntax error fails the whole file; a file that cannot be read cannot be judged.',
  instead: 'SQL in UTF-8 without a byte order mark. Load data outside the migrations.',
  judgeFile: (file) =>
    file.problems
      .filter((problem) => problem.kind !== 'empty' && problem.kind !== 'crlf')
      .map((problem) => ({
        severity: severities[problem.kind],
        why: problem.why,
        line: problem.line,
        column: problem.column,
      })),
});
