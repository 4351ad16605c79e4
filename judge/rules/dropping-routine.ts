import type { Action } from '../parse/action.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'dropping-routine',
  finds: 'A function, procedure, aggregate or sequence is dropped.',
  why: 'Prisma Client calls none by itself, but raw queries, triggers and jobs do, and PostgreSQL does not look into their text: they fail with 42883 or 42P01 when they next run.',
  instead:
    'Search the code, the other functions and the jobs for its name; drop it in the release after the last call.',
  on: ['drop'],
  judge: (action, context) => {
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
