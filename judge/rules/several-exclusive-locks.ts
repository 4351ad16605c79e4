import { isNew } from './context.ts';
import { statementRule } from './rule.ts';

export default statementRule({
  id: 'several-exclusive-locks',
  finds: 'One transaction takes ACCESS EXCLUSIVE on more than one table that is in use.',
  why: 'The first lock is held while the second is waited for: both tables stand still. A transaction of the application that uses them in the other order makes a deadlock (40P01).',
  instead: 'One table a migration file.',
  judgeStatement: (context) => {
    const { transaction } = context;
    if (transaction.kind === 'single') return undefined;
    const mine = context.effects
      .filter((effect) => effect.lock === 'ACCESS EXCLUSIVE' && !isNew(context, effect.table))
      .map((effect) => effect.table);
    if (mine.length === 0) return undefined;
    const before = context.earlier.filter(
      (placed) => placed.file === context.file && transaction.members.includes(placed.statement.index),
    );
    const held = new Set(
      before.flatMap((placed) =>
        placed.effects
          .filter(
            (effect) =>
              effect.lock === 'ACCESS EXCLUSIVE' &&
              placed.before.tables.get(effect.table)?.madeBy === undefined,
          )
          .map((effect) => effect.table),
      ),
    );
    const others = [...held].filter((table) => !mine.includes(table));
    // Said once: where the second table comes in.
    if (others.length === 0 || mine.every((table) => held.has(table))) return undefined;
    const busy = [...others, ...mine].some(
      (table) => (context.facts?.tables[table]?.writesPerSecond ?? 0) >= 10,
    );
    return {
      table: mine[0] as string,
      severity: busy && transaction.certain ? 'needs-approval' : 'notice',
      help: 'One table a migration file.',
      why: `ACCESS EXCLUSIVE on ${others.join(', ')} is held while ${mine.join(', ')} is waited for${transaction.certain ? '' : ' (under Prisma before 7.4)'}.`,
    };
  },
});
