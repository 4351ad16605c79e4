/** How waits for a person ended: the executions' histories have who answered, and why. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { BriefEntry } from '../../core/dora.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { Approval } from '../model/approval.ts';
import type { Executions } from './executions.ts';
import type { Place } from './place.ts';

const EARLIER = 4;

/** How a wait ended: the answer is in the execution's history, with who gave it and why. */
export async function answerOf(
  place: Place,
  entry: Pick<BriefEntry, 'executionArn' | 'steps'>,
  executions: Executions,
): Promise<Approval['answered']> {
  if (!entry.steps.AwaitApproval) return null;
  let inside = false;
  for (const event of await executions.events(place, entry.executionArn)) {
    if (event.stateEnteredEventDetails?.name)
      inside = event.stateEnteredEventDetails.name === 'AwaitApproval';
    const answer = inside ? answerIn(event) : null;
    if (answer) return answer;
  }
  return null;
}

function answerIn(event: HistoryEvent): Approval['answered'] {
  const at = (event.timestamp ?? new Date(0)).toISOString();
  if (event.type === 'TaskSucceeded') {
    try {
      const { approvedBy, reason, accepted } = JSON.parse(
        event.taskSucceededEventDetails?.output ?? '{}',
      ) as { approvedBy?: string; reason?: string; accepted?: string[] };
      if (!approvedBy) return null;
      const accepting = accepted?.length ? `, accepting ${accepted.join(', ')}` : '';
      return { by: approvedBy, at, text: `Approved by ${approvedBy}${accepting}: “${reason ?? ''}”` };
    } catch {
      return null;
    }
  }
  const cause = event.taskFailedEventDetails?.cause;
  const denied = event.taskFailedEventDetails?.error === 'ApprovalDenied' && cause;
  if (denied) return { by: denied.split(' refused the migration')[0] ?? '', at, text: denied };
  return event.type === 'TaskTimedOut'
    ? { by: 'nobody', at, text: 'Nobody answered in time; it counts as refused.' }
    : null;
}

export async function earlierOf(
  place: Place,
  entry: JournalEntry,
  others: readonly BriefEntry[],
  executions: Executions,
): Promise<Approval['earlier']> {
  const asked = others
    .filter(({ steps, startedAt, outcome }) => steps.AwaitApproval && outcome && startedAt < entry.startedAt)
    .slice(0, EARLIER);
  const answers = await Promise.all(
    // AWS forgets an execution after ninety days; what was decided then is left out.
    asked.map((one) => answerOf(place, one, executions).catch(() => null)),
  );
  return asked.flatMap((one, index) => {
    const answer = answers[index];
    if (!answer) return [];
    return [
      {
        id: one.deploymentId,
        at: answer.at,
        approved: one.failure?.step !== 'AwaitApproval',
        by: answer.by,
        text: answer.text,
      },
    ];
  });
}
