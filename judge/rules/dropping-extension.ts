import { rule } from './rule.ts';

export default rule({
  id: 'dropping-extension',
  finds: 'An extension is dropped.',
  why: 'Its types, functions and operators go. With CASCADE every column, index and default that uses them goes too.',
  instead: 'Remove what uses it first, then drop it without CASCADE.',
  on: ['drop'],
  judge: (action) => {
    if (action.what !== 'extension') return undefined;
    const names = action.names.join(', ');
    if (!action.cascade) {
      const why = `It fails if a column or an index still uses ${names}; a query that calls its functions or operators fails afterwards.`;
      return { severity: 'needs-approval', why, help: 'Drop it when no release calls it any more.' };
    }
    return {
      severity: 'needs-approval',
      why: `With CASCADE every column, index and default that uses ${names} is dropped.`,
      help: 'Leave CASCADE out.',
      consequences: ['downtime', 'no-rollback', 'data-loss'],
    };
  },
});
