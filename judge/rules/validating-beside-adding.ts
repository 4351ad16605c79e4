import { factsOf, isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'validating-beside-adding',
  finds: 'A constraint is validated in the transaction that added it.',
  why: 'ADD … NOT VALID takes a strong lock, briefly. In one transaction with VALIDATE that lock is held until the whole table has been read: NOT VALID then saves nothing.',
  instead:
    'VALIDATE CONSTRAINT in a migration of its own. (From Prisma 7.4 on every statement commits by itself; before, a file is one transaction.)',
  on: ['validate-constraint'],
  judge: ({ table, name }, context) => {
    if (context.transaction.kind === 'single' || isNew(context, table)) return undefined;
    const added = context.earlier.some(
      (placed) =>
        placed.file === context.file &&
        context.transaction.members.includes(placed.statement.index) &&
        placed.statement.actions.some(
          (action) =>
            action.do === 'add-constraint' &&
            action.table === table &&
            (action.constraint.name === name || action.constraint.name === undefined),
        ),
    );
    const together = context.statement.actions.some(
      (action) => action.do === 'add-constraint' && action.table === table && action.constraint.name === name,
    );
    if (!added && !together) return undefined;
    const facts = factsOf(context, table);
    const small = facts !== undefined && facts.bytes < 10 * 1024 * 1024;
    return {
      table,
      severity: small ? 'notice' : 'needs-approval',
      consequences: small ? [] : ['downtime'],
      why: `The lock of ADD CONSTRAINT is held while ${table} is read${context.transaction.certain ? '' : ' (under Prisma before 7.4; later versions commit each statement)'}.`,
      help: `Move VALIDATE CONSTRAINT ${name} to the next migration.`,
    };
  },
});
