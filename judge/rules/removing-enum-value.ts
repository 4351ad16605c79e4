import { rule } from './rule.ts';

export default rule({
  id: 'removing-enum-value',
  finds:
    'An enum is replaced by one with fewer values: a new type, every column rewritten to it, the old one dropped.',
  why: 'Every table with a column of the type is rewritten under ACCESS EXCLUSIVE, and a row with the removed value makes it fail (22P02). The release that still runs cannot write the value any more (P2007).',
  instead:
    'Leave the value in the database and take it out of the code. PostgreSQL has no cheap way to remove one.',
  on: ['rename-type'],
  judge: (action, context) => {
    // The step that gives the new type the old name: E_new → E, after E → E_old.
    const before = context.earlier.flatMap((placed) => placed.statement.actions);
    const made = before.find((other) => other.do === 'create-enum' && other.type === action.type);
    const moved = before.find((other) => other.do === 'rename-type' && other.type === action.to);
    if (made?.do !== 'create-enum' || moved?.do !== 'rename-type') return undefined;
    const gone = (context.before.enums.get(moved.to) ?? []).filter((value) => !made.values.includes(value));
    const what =
      gone.length > 0
        ? `${gone.map((value) => `'${value}'`).join(', ')} of ${action.to} goes`
        : `${action.to} is replaced`;
    return {
      severity: 'needs-approval',
      why: `${what}; every column of the type is rewritten.`,
      help: 'Leave the value in the database; take it out of the code.',
      consequences: ['downtime', 'no-rollback'],
    };
  },
});
