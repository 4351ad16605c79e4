import { factsOf, isNew, keepsOut } from './context.ts';
import { type Context, statementRule } from './rule.ts';

export default statementRule({
  id: 'slow-after-exclusive-lock',
  finds:
    'In one transaction a strong lock is taken, and something slow follows: a scan, a rewrite, a change of many rows.',
  why: 'A lock is held until its transaction ends. A brief ALTER TABLE then keeps everyone out for as long as the slow statement takes.',
  instead:
    'One migration file for each of them. (From Prisma 7.4 on every statement commits by itself, unless the file says BEGIN.)',
  judgeStatement: (context) => {
    const { transaction } = context;
    if (transaction.kind === 'single' || transaction.members.length < 2) return undefined;
    const slow = context.effects.find(
      (effect) =>
        (effect.scans || effect.rewrites) && !isNew(context, effect.table) && !tiny(context, effect.table),
    );
    if (!slow) return undefined;
    for (const placed of context.earlier) {
      if (placed.file !== context.file || !transaction.members.includes(placed.statement.index)) continue;
      const held = placed.effects.find(
        (effect) =>
          keepsOut(effect) !== 'nobody' && placed.before.tables.get(effect.table)?.madeBy === undefined,
      );
      if (!held) continue;
      const doubt = transaction.certain
        ? ''
        : ' (under Prisma before 7.4; later versions commit each statement)';
      return {
        table: held.table,
        severity: 'needs-approval',
        consequences: ['downtime'],
        help: 'Move it to a migration of its own.',
        why: `${held.lock} on ${held.table}, taken in line ${placed.statement.line}, is held while ${slow.table} is ${slow.rewrites ? 'rewritten' : 'read'}${doubt}.`,
      };
    }
    return undefined;
  },
});

function tiny(context: Context, table: string): boolean {
  const facts = factsOf(context, table);
  return facts !== undefined && facts.bytes < 10 * 1024 * 1024;
}
