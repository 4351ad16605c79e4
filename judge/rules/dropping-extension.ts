import { rule } from './rule.ts';

export default rule({
  id: 'dropping-extension',
  finds: 'An extension is dropped.',
  why: 'Its types, functions and operators go. With CASCADE every column, index and default that uses them goes too.',
  instead: 'Remove what uses it first, then drop it without CASCADE.',
  on: ['drop'],
  judge: (action) => {
    if (action.what !== 'extension') return undefined;
    return action.cascade
      ? {
          severity: 'needs-approval',
          why: `With CASCADE every column, index and default that uses ${action.names.join(', ')} is dropped.`,
          help: 'Leave CASCADE out.',
          consequences: ['downtime', 'no-rollback', 'data-loss'],
        }
      : { severity: 'notice', why: 'It fails if anything still uses it.' };
  },
});
