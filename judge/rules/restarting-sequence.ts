import { rule } from './rule.ts';

export default rule({
  id: 'restarting-sequence',
  finds: 'A sequence is set back, or to a number that is written down.',
  why: 'Numbers that rows have already are given out once more: each such INSERT fails with 23505 (P2002), as long as the sequence is below the highest. A number that was right on a laptop is rarely right in production.',
  instead:
    "`SELECT setval('orders_id_seq', (SELECT max(id) FROM orders))`: from what is there, and not from what was.",
  on: ['alter-sequence'],
  judge: ({ sequence, restarts }, context) => {
    const made = context.earlier.some((placed) =>
      placed.statement.actions.some((other) => other.do === 'create-sequence' && other.sequence === sequence),
    );
    return restarts && !made
      ? {
          severity: 'notice',
          why: `Where rows have numbers from there on, inserts that take theirs from ${sequence} fail with 23505.`,
        }
      : undefined;
  },
});
