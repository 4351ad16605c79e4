import type { DatabaseFacts } from '../../core/migrations.ts';
import { isNew } from './context.ts';
import { statementRule } from './rule.ts';

/** Seconds behind which a replica is already late. */
const late = 10;

export default statementRule({
  id: 'straining-replication',
  finds:
    'A table is rewritten, or changed as a whole, while a replication slot is inactive or a replica lags.',
  why: 'Everything that is written goes through the log. An inactive slot keeps all of it until the disk is full; a late replica becomes later, and reads from it are older.',
  instead:
    'Drop the slot or bring its consumer back; wait until the replica has caught up; change rows in batches.',
  judgeStatement: (context) => {
    const { facts, effects } = context;
    const strain = facts && strains(facts);
    if (!strain) return undefined;
    const written = effects.find(
      (effect) => effect.rewrites || (effect.lock === 'ROW EXCLUSIVE' && effect.scans),
    );
    if (!written || isNew(context, written.table)) return undefined;
    const big = (facts.tables[written.table]?.bytes ?? Number.POSITIVE_INFINITY) > 100e6;
    return {
      table: written.table,
      severity: big ? 'needs-approval' : 'notice',
      why: `${written.table} is written anew, and ${strain}.`,
    };
  },
});

function strains({ replication }: DatabaseFacts): string | undefined {
  const slot = replication.slots.find((candidate) => !candidate.active);
  if (slot)
    return `the replication slot ${slot.name} is inactive: the log is kept for it until the disk is full`;
  const replica = replication.replicas.find((candidate) => (candidate.lagSeconds ?? 0) > late);
  return replica && `the replica ${replica.name} is ${Math.round(replica.lagSeconds ?? 0)} s behind`;
}
