/** The steps of a deployment, as the journal has them: those that were taken, were not needed, or are still to come. */
import { type BriefEntry, markOf } from '../../core/dora.ts';
import type { StepExpectation } from '../../core/expectation.ts';
import type { Plan } from '../../core/plan.ts';
import { STEPS } from '../../core/steps.ts';
import type { Step, StepStatus } from '../model/deployment.ts';
import { marked } from './names.ts';

type Key = keyof BriefEntry['steps'];

const ORDER: readonly Key[] = STEPS.flatMap((step): Key[] =>
  step === 'Rollback' ? ['Rollback', 'VerifyRollback'] : [step],
);

export function stepsOf(entry: BriefEntry, usual: readonly StepExpectation[], now: number): Step[] {
  const steps = ORDER.map((key) => stepOf(key, entry, usual, now));
  const wentBack = entry.steps.Rollback !== undefined;
  // The way back is shown where it was gone, or may still have to be.
  const isOver = entry.outcome !== undefined;
  return steps.filter(({ back }) => !back || wentBack || (!isOver && releases(entry.plan)));
}

function stepOf(key: Key, entry: BriefEntry, usual: readonly StepExpectation[], now: number): Step {
  const record = key === 'AcquireLock' ? lockOf(entry) : entry.steps[key];
  const status = statusOf(key, entry);
  const base = {
    key,
    step: key === 'VerifyRollback' ? 'VerifyHealth' : key,
    status,
    back: key === 'Rollback' || key === 'VerifyRollback',
    secondsLeft: null,
  };
  if (!record || status === 'skipped' || status === 'not-reached' || status === 'to-come')
    return { ...base, startedAt: null, endedAt: null, note: noteWithout(key, status, entry) };
  const going = status === 'running' || status === 'waiting';
  const expected = usual.find(({ step }) => step === key)?.p50;
  const took = (now - Date.parse(record.startedAt)) / 1000;
  return {
    ...base,
    startedAt: record.startedAt,
    endedAt: going ? null : (record.endedAt ?? nextBeginning(key, entry) ?? entry.endedAt ?? null),
    note: marked(record.summary),
    secondsLeft: status === 'running' && expected !== undefined ? Math.max(0, expected - took) : null,
  };
}

/** The lock is no function of ours and writes no record: it is taken from the beginning to the plan's. */
function lockOf(entry: BriefEntry): BriefEntry['steps'][Key] {
  const endedAt = entry.steps.Plan?.startedAt ?? entry.steps.Record?.startedAt ?? entry.startedAt;
  const held = entry.failure?.step === 'AcquireLock';
  return {
    startedAt: entry.startedAt,
    endedAt,
    status: held ? 'failed' : 'done',
    summary: held ? (entry.failure?.sentence ?? '') : '',
  };
}

function statusOf(key: Key, entry: BriefEntry): StepStatus {
  const record = key === 'AcquireLock' ? lockOf(entry) : entry.steps[key];
  const isOver = entry.outcome !== undefined;
  if (record) {
    if (record.status !== 'waiting') return record.status;
    if (nextBeginning(key, entry)) return 'done';
    if (isOver) return 'failed';
    return key === 'AwaitApproval' ? 'waiting' : 'running';
  }
  if (nextBeginning(key, entry) && !isEnd(key)) return 'skipped';
  if (isNeedless(key, entry.plan)) return 'skipped';
  if (isOver) return 'not-reached';
  return runsNow(key, entry) ? 'running' : 'to-come';
}

/** A step that has not written anything yet, though the one before it has ended: its function is at work. */
function runsNow(key: Key, entry: BriefEntry): boolean {
  if (key === 'Rollback' || key === 'VerifyRollback' || key === 'AwaitApproval') return false;
  if (markOf(entry) === 'waiting') return false;
  const before = ORDER.slice(0, ORDER.indexOf(key)).filter((one) => !isNeedless(one, entry.plan));
  const last = before.findLast((one) => !['Rollback', 'VerifyRollback', 'AwaitApproval'].includes(one));
  const record = last === 'AcquireLock' ? lockOf(entry) : last && entry.steps[last];
  return key === 'Plan'
    ? true
    : record !== undefined && record.status !== 'waiting' && record.status !== 'failed';
}

const isEnd = (key: Key) => key === 'Rollback' || key === 'VerifyRollback' || key === 'Record';

/** When the first of the steps after it began; only of those that follow it on the way forward. */
function nextBeginning(key: Key, entry: BriefEntry): string | undefined {
  const after = ORDER.slice(ORDER.indexOf(key) + 1).filter((one) => one !== 'Record');
  const began = after.flatMap((one) => entry.steps[one]?.startedAt ?? []);
  return began.sort()[0];
}

const releases = (plan: Partial<Pick<Plan, 'steps'>> | undefined) => plan?.steps?.release !== false;

function isNeedless(key: Key, plan: Partial<Pick<Plan, 'steps'>> | undefined): boolean {
  if (!plan?.steps) return false;
  if (key === 'Build') return !plan.steps.build;
  const always: readonly Key[] = ['AcquireLock', 'Plan', 'Record'];
  return !always.includes(key) && !plan.steps.release;
}

function noteWithout(key: Key, status: StepStatus, entry: BriefEntry): string {
  const record = entry.steps[key];
  if (record?.summary) return marked(record.summary);
  if (key === 'Rollback' && status === 'to-come') {
    const back = entry.plan?.rollbackTarget;
    return back
      ? `only if it fails: to \`${back.commit?.slice(0, 7) ?? back.revision}\``
      : 'only if it fails; no way back is known';
  }
  if (status === 'skipped') return key === 'Build' ? 'not needed: the image is there' : 'not needed';
  return '';
}
