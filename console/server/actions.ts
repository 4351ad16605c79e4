/**
 * What the page can do: the calls behind `lockstep approve`, `reject`, `cancel` and `rollback`. The first request gets the plan;
 * only one that repeats this plan's mark does it, so that nothing is done that was not shown.
 */
import { createHash } from 'node:crypto';
import { approveDeployment, cancelDeployment, rejectDeployment } from '../../aws/approval.ts';
import { describeService } from '../../aws/ecs.ts';
import { beginDeployment } from '../../aws/executions.ts';
import { rollbackChoice } from '../../aws/rollback-choice.ts';
import { isWaiting } from '../../core/approval.ts';
import { LockstepError } from '../../core/errors.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { type Settings, shortName } from '../../core/plan.ts';
import { requestSchema } from '../../core/request.ts';
import type { ActionAnswer, ActionPlan, ActionRequest } from '../model/actions.ts';
import type { Consequence } from '../model/approval.ts';
import { code, marked, plural, releaseOf } from './names.ts';
import type { Place } from './place.ts';
import { migrationOf } from './sentences.ts';
import { Refused } from './source.ts';

type Plan = Omit<ActionPlan, 'confirm'>;

export async function actOnDeployment(
  place: Place,
  entry: JournalEntry,
  action: 'approve' | 'reject' | 'cancel',
  request: ActionRequest,
  by: string,
): Promise<ActionAnswer> {
  const plan = planFor(entry, action);
  const asked = confirmed(plan, request);
  if (asked) return asked;
  const { deploymentId } = entry;
  const reason = request.reason ?? '';
  if (plan.needsReason && !reason)
    throw refused(
      400,
      'A reason is missing.',
      'It is kept with your name; whoever looks later wants to know it.',
    );
  if (action === 'approve')
    await approveDeployment(place.sfn, entry, { by, reason, accept: request.accept ?? [] });
  if (action === 'reject') await rejectDeployment(place.sfn, entry, { by, reason });
  if (action === 'cancel') await cancelDeployment(place.sfn, place.journal, entry, by);
  return { state: 'done', deploymentId, sentence: DONE[action] };
}

const DONE = {
  approve: 'Approved. The migrations run next.',
  reject: 'Rejected. Nothing is changed.',
  cancel: 'Asked to stop. It does so at its next look.',
};

function planFor(entry: JournalEntry, action: 'approve' | 'reject' | 'cancel'): Plan {
  const { deploymentId: id, environment, service, outcome } = entry;
  if (action !== 'cancel' && !isWaiting(entry)) throw new LockstepError('NotWaiting', { id });
  if (outcome) throw new LockstepError('NotRunning', { id });
  const what = code(releaseOf(entry)?.name ?? id);
  const where = `${service} in ${environment}`;
  const base = { action, needsReason: action !== 'cancel', consequences: [] };
  if (action === 'cancel')
    return {
      ...base,
      title: `Cancel the deployment of ${what} to ${where}?`,
      lines: cancelLines(entry),
      command: `lockstep cancel ${id} --environment ${environment}`,
      label: 'Cancel the deployment',
    };
  const reason = ' --reason "…"';
  if (action === 'reject')
    return {
      ...base,
      title: `Reject the migrations of ${what} for ${where}?`,
      lines: [
        `The deployment ends as refused, and nothing is changed: ${where} goes on running ${runs(entry)}.`,
      ],
      command: `lockstep reject ${id} --environment ${environment}${reason}`,
      label: 'Reject',
    };
  const consequences = (entry.steps.AwaitApproval?.work?.['consequences'] as Consequence[] | undefined) ?? [];
  const pending = migrationOf(entry)?.pending ?? [];
  const accept = consequences.length > 0 ? ` --accept ${consequences.join(',')}` : '';
  return {
    ...base,
    title: `Approve ${what} for ${where}?`,
    lines: [
      `${plural(pending.length, 'migration')} will run: ${pending.map(code).join(', ')}.`,
      ...(entry.plan?.settings.migrations.snapshot === 'never'
        ? ['No snapshot is taken before: the policy says never.']
        : ['A snapshot is taken before, as the policy says.']),
      `Then ${where} gets ${what}; if it is not healthy, Lockstep goes back to ${back(entry)} where the schema lets it.`,
    ],
    consequences,
    command: `lockstep approve ${id} --environment ${environment}${accept}${reason}`,
    label: 'Approve',
  };
}

function cancelLines(entry: JournalEntry): string[] {
  if (isWaiting(entry)) return ['It waits for a person: it ends at once, and nothing is changed.'];
  if (entry.steps.UpdateService)
    return [`The new release is on its way: Lockstep goes back to ${back(entry)}, and verifies it.`];
  if (entry.steps.Migrate)
    return [
      'A migration that runs is not cut short: it ends first. The schema stays as it is then, and the new code is not released.',
    ];
  if (entry.steps.Build) return ['A build that runs is stopped. Nothing is changed.'];
  return ['It stops at its next step. Nothing is changed.'];
}

const runs = ({ plan }: JournalEntry) => (plan?.running ? code(shortName(plan.running)) : 'nothing yet');
const back = ({ plan }: JournalEntry) =>
  plan?.rollbackTarget ? code(shortName(plan.rollbackTarget)) : 'nothing: no way back is known';

export async function actOnService(
  place: Place,
  service: string,
  settings: Settings,
  request: ActionRequest,
  by: string,
): Promise<ActionAnswer> {
  const { environmentName: environment, journal } = place;
  const taskDefinition = (await describeService(await place.clients.ecs(), settings))?.taskDefinition;
  const choice = await rollbackChoice({ journal, service, environment, taskDefinition }, request.to);
  const plan: Plan = {
    action: 'rollback',
    title: `Go back with ${service} in ${environment}?`,
    lines: [
      marked(choice.sentence),
      'A deployment of its own does it: it checks that the code works on the schema of today, gives the service that revision, and verifies it.',
    ],
    consequences: [],
    needsReason: false,
    command: `lockstep rollback --service ${service} --environment ${environment} --to ${choice.to}`,
    label: 'Go back',
  };
  const asked = confirmed(plan, request);
  if (asked) return asked;
  const executionArn = await beginDeployment(
    place,
    requestSchema.parse({
      version: 1,
      service,
      environment,
      action: 'rollback',
      requestedBy: by,
      rollbackTo: choice.to,
      allowOlder: true,
      ...(request.reason && { reason: request.reason }),
    }),
  );
  // As the state machine computes it: the first digits of its execution's hash.
  const deploymentId = createHash('sha256').update(executionArn).digest('hex').slice(0, 8);
  return { state: 'done', sentence: 'The way back has begun.', deploymentId };
}

/** The plan to show; undefined where the request confirms this very plan. */
function confirmed(plan: Plan, request: ActionRequest): ActionAnswer | undefined {
  const confirm = createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 32);
  if (request.confirm === undefined) return { state: 'plan', plan: { ...plan, confirm } };
  if (request.confirm === confirm) return undefined;
  throw refused(409, 'What would happen has changed since it was shown.', 'Look at it again, then decide.');
}

const refused = (status: number, sentence: string, remedy: string) =>
  new Refused(status, { part: 'action', sentence, remedy });
