import { fileRule } from './rule.ts';

export default fileRule({
  id: 'nearing-limit',
  finds: 'A sequence, identity or integer key has used most of its range.',
  why: 'At its end every insert fails (2200H, 22003). Growing the column then rewrites the table while nothing can be written anyway.',
  instead: 'Move the key to bigint while there is time: a new column, filled in batches, swapped.',
  judgeFile: (file, setting) => {
    // Said once, at the first pending file.
    if (setting.pending[0] !== file) return [];
    const near = (setting.facts?.sequences ?? []).filter((sequence) => sequence.used >= 0.7);
    return near.map((sequence) => ({
      severity: 'notice' as const,
      line: 1,
      column: 1,
      ...(sequence.table ? { table: sequence.table } : {}),
      why: `${sequence.table ? `${sequence.table}.${sequence.column}` : sequence.name} has used ${Math.floor(sequence.used * 100)} % of its range (${sequence.lastValue} of ${sequence.maximum}).`,
    }));
  },
});
