/** What approving would do, in words that a person can say yes or no to. Pure. */
import type { BriefEntry } from '../../core/dora.ts';
import { expected } from '../../core/expectation.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { duration } from '../../core/outcome.ts';
import { STEPS } from '../../core/steps.ts';
import type { ApprovalFinding, Consequence, Decide } from '../model/approval.ts';
import { waitedFor } from './judged.ts';
import { code } from './names.ts';

const TITLES: Readonly<Record<Consequence, string>> = {
  downtime: 'Downtime.',
  'no-rollback': 'No way back.',
  'data-loss': 'Data is lost.',
};

export function decideOf(
  entry: JournalEntry,
  findings: readonly ApprovalFinding[],
  others: readonly BriefEntry[],
  you: string,
): Decide {
  const record = entry.steps.AwaitApproval;
  const names = (record?.work?.['consequences'] as Consequence[] | undefined) ?? [];
  const { deploymentId: id, environment } = entry;
  const own = entry.plan?.settings.migrations.selfApproval === false && you === entry.requestedBy;
  const accept = names.length > 0 ? ` --accept ${names.join(',')}` : '';
  const usual = expected(others, new Set(STEPS));
  const estimated = sumOf(findings);
  const effects = (['Snapshot', 'Migrate', 'UpdateService', 'VerifyHealth'] as const).flatMap<
    Decide['effects'][number]
  >((step) => {
    const known = usual?.steps.find((one) => one.step === step);
    const base = known ? { low: known.p50, high: known.p90 } : undefined;
    if (step === 'Migrate')
      return [
        {
          step,
          low: (base?.low ?? 0) + estimated.low,
          high: estimated.high === null ? null : (base?.high ?? 0) + estimated.high,
        },
      ];
    return base ? [{ step, ...base }] : [];
  });
  const fixable = findings.find(({ safe }) => safe)?.migration;
  return {
    askedAt: record?.startedAt ?? entry.startedAt,
    until: String(record?.work?.['until'] ?? ''),
    effects,
    sentence: waitSentence(findings, entry.plan?.settings.migrations.lockTimeout ?? '5s'),
    consequences: names.map((name) => ({ name, title: TITLES[name], text: textOf(name, findings) })),
    you,
    mayApprove: !own,
    policy: own
      ? `You are ${code(you)}. You started it, and the policy of ${environment} wants another person to approve.`
      : `You are ${code(you)}. ${entry.requestedBy === you ? 'You started it' : `${entry.requestedBy} started it`}; the policy lets you approve.`,
    commands: {
      approve: `lockstep approve ${id} --environment ${environment}${accept} --reason "…"`,
      reject: `lockstep reject ${id} --environment ${environment} --reason "…"`,
      fix: fixable ? `lockstep migrations fix ${fixable}` : null,
    },
  };
}

function sumOf(findings: readonly ApprovalFinding[]): { low: number; high: number | null } {
  return {
    low: findings.reduce((sum, { estimate }) => sum + (estimate?.low ?? 0), 0),
    high: findings.reduce<number | null>(
      (sum, { estimate }) => (sum === null || estimate?.high === null ? null : sum + (estimate?.high ?? 0)),
      0,
    ),
  };
}

function waitSentence(findings: readonly ApprovalFinding[], timeout: string): string {
  const [writes, reads] = [waitedFor(findings, 'writes'), waitedFor(findings, 'reads')];
  const parts = [
    writes.high === 0 ? 'Writes go on' : `Writes wait ${range(writes)}`,
    reads.high === 0 ? 'reads go on' : `reads wait ${range(reads)}`,
  ];
  return `${parts.join(', ')}. A lock is waited for at most ${timeout}.`;
}

function textOf(name: Consequence, findings: readonly ApprovalFinding[]): string {
  const about = findings.filter(({ consequences }) => consequences.includes(name));
  const [first] = about;
  const more = about.length > 1 ? ` (and ${about.length - 1} more)` : '';
  if (name === 'downtime') {
    const { low, high } = waitedFor(about, 'writes');
    const table = first?.table ? code(first.table) : 'The tables';
    return `${table} cannot be ${first?.waits.startsWith('reads') ? 'read or written' : 'written'} for ${range({ low, high })}${more}.`;
  }
  return `${first?.why ?? 'The judgement says so.'}${more}`;
}

function range({ low, high }: { low: number; high: number | null }): string {
  if (high === null) return 'for a time that nobody knows';
  if (high < 1) return 'less than a second';
  return Math.round(low) === Math.round(high) ? duration(high) : `${duration(low)} to ${duration(high)}`;
}
