import { now } from '../fix/forms.ts';
import { cost } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'reindexing',
  finds: 'REINDEX without CONCURRENTLY.',
  why: 'Writes to the table wait until its indexes are built anew, and so do reads that would use one of them (ACCESS EXCLUSIVE on each index).',
  instead: 'REINDEX … CONCURRENTLY, alone in its migration file.',
  on: ['reindex'],
  judge: (action, context) => {
    if (action.concurrently) return undefined;
    const { severity, estimate } = cost(context, 'create-index');
    const local = action.what === 'index' || action.what === 'table';
    if (local && severity === 'fine' && context.effects.length > 0) return undefined;
    const weight = severity === 'notice' && local ? 'notice' : 'needs-approval';
    const text = context.statement.text.replace(
      /^reindex\s+(\([^)]*\)\s*)?(index|table|schema|database)\b/i,
      'REINDEX $2 CONCURRENTLY',
    );
    return {
      severity: weight,
      why: `Writes wait while ${action.name || 'everything'} is indexed anew.`,
      ...(estimate ? { estimate } : {}),
      consequences: weight === 'notice' ? [] : ['downtime'],
      ...(action.what === 'system'
        ? {}
        : { safe: now('The same, concurrently, alone in its file.', `reindex_${action.name}`, text) }),
    };
  },
});
