import { fileRule } from './rule.ts';

export default fileRule({
  id: 'writing-the-file-oddly',
  finds: 'A migration file without a statement, or with CRLF line ends.',
  why: 'An empty file is recorded as applied and changes nothing. CRLF gives another checksum than LF: a checkout on another system then looks like an edited migration.',
  instead: 'Delete an empty migration that was never applied; `* text=auto eol=lf` in .gitattributes.',
  style: true,
  judgeFile: (file) =>
    file.problems
      .filter((problem) => problem.kind === 'empty' || problem.kind === 'crlf')
      .map((problem) => ({
        severity: 'notice',
        why: problem.why,
        line: problem.line,
        column: problem.column,
      })),
});
