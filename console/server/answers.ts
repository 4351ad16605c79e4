/** How waits for a person ended, as the journal has it. */
import { approverIn } from '../../core/approval.ts';
import type { BriefEntry } from '../../core/dora.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { Approval } from '../model/approval.ts';

const EARLIER = 4;

type Went = Pick<BriefEntry, 'steps' | 'failure' | 'endedAt'>;

export function answerOf({ steps, failure, endedAt }: Went): Approval['answered'] {
  const record = steps.AwaitApproval;
  if (!record) return null;
  if (record.status === 'done') {
    const text = record.summary.replace(/^a/, 'A');
    return { by: approverIn(record.summary) ?? '', at: record.endedAt ?? '', text };
  }
  if (failure?.step !== 'AwaitApproval') return null;
  const at = endedAt ?? '';
  if (failure.error === 'ApprovalTimedOut')
    return { by: 'nobody', at, text: 'Nobody answered in time; it counts as refused.' };
  const denied = failure.error === 'ApprovalDenied';
  return {
    by: denied ? (failure.sentence.split(' refused the migration')[0] ?? '') : '',
    at,
    text: failure.sentence,
  };
}

export function earlierOf(entry: JournalEntry, others: readonly BriefEntry[]): Approval['earlier'] {
  return others
    .filter(({ steps, startedAt, outcome }) => steps.AwaitApproval && outcome && startedAt < entry.startedAt)
    .slice(0, EARLIER)
    .flatMap((one) => {
      const answer = answerOf(one);
      if (!answer) return [];
      const approved = one.failure?.step !== 'AwaitApproval';
      return [{ id: one.deploymentId, at: answer.at, approved, by: answer.by, text: answer.text }];
    });
}
