import type { Action } from '../parse/action.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'dropping-routine',
  finds:
    'A function, procedure, aggregate or sequence is dropped or renamed, or an operator, cast, collation and their like.',
  why: 'Prisma Client calls none by itself, but raw queries, triggers and jobs do, and PostgreSQL does not look into their text: they fail with 42883 or 42P01 when they next run.',
  instead:
    'Search the code, the other functions and the jobs for its name; drop it in the release after the last call.',
  on: ['drop', 'rename-other'],
  judge: (action, context) => {
    if (action.do === 'rename-other')
      return /^(function|procedure|routine|aggregate)$/.test(action.what)
        ? {
            severity: 'notice',
            why: `Whatever still calls ${action.name} by that name fails with 42883, and no catalogue says who does.`,
          }
        : undefined;
    if (action.what === 'other')
      return {
        severity: 'notice',
        why: `Queries that use ${action.names.filter(Boolean).join(', ') || 'it'} fail from now on, and no catalogue says which do.`,
      };
    if (action.what !== 'function' && action.what !== 'sequence') return undefined;
    const makes = (other: Action, name: string): boolean =>
      (other.do === 'create-function' && other.name === name) ||
      (other.do === 'create-sequence' && other.sequence === name);
    const inUse = action.names.filter(
      (name) =>
        ![...context.earlier, ...context.later].some((placed) =>
          placed.statement.actions.some((other) => makes(other, name)),
        ),
    );
    if (inUse.length === 0) return undefined;
    return {
      severity: 'notice',
      why: `Whatever still calls ${inUse.join(', ')} fails with ${action.what === 'function' ? '42883' : '42P01'}, and no catalogue says who does.`,
    };
  },
});
