import { statementRule } from './rule.ts';

export default statementRule({
  id: 'warning-by-prisma',
  finds: "Prisma's own warning in the file's header.",
  why: 'Prisma writes it when it makes the migration: data may be lost, or a statement may fail on the rows that are there.',
  instead: 'Read the header; write the migration by hand where Prisma drops and adds in place of converting.',
  judgeStatement: ({ statement, file }) => {
    const header =
      statement.index === 0
        ? file.comments.find(
            (comment) => /^\s*Warnings:/m.test(comment.text) && comment.start < statement.start,
          )
        : undefined;
    if (!header) return undefined;
    const lines = header.text
      .split('\n')
      .map((line) => line.replace(/^[\s*-]+/, '').trim())
      .filter((line) => line && !/^Warnings:?$/.test(line));
    return { severity: 'notice', why: `Prisma warns: ${lines.join(' ').slice(0, 400)}`, at: header.start };
  },
});
