/** A deployment's page, as far as the journal tells it: the sentence first, then why, what to do, and what is true of the database. */

import type { BriefEntry } from '../../core/dora.ts';
import { markOf } from '../../core/dora.ts';
import { expected, quantile } from '../../core/expectation.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { duration } from '../../core/outcome.ts';
import { nameRunning, type Plan, planSummary, type Running, revisionOf } from '../../core/plan.ts';
import type { Rollout } from '../../core/rollout.ts';
import { STEPS } from '../../core/steps.ts';
import type { ActionName } from '../model/actions.ts';
import type { Deployment } from '../model/deployment.ts';
import { logSourcesOf } from './log-sources.ts';
import { code, marked, nameOf, releaseOf, subjectsOf } from './names.ts';
import { schemaOf, wayBackOf } from './now-rows.ts';
import type { Place } from './place.ts';
import { endParagraphs, endSentence, migrationOf, runningParagraphs, runningSentence } from './sentences.ts';
import { stepsOf } from './steps.ts';

export interface Known {
  readonly place: Pick<Place, 'region' | 'embedded'>;
  readonly entry: JournalEntry;
  /** Of the same service, newest first. */
  readonly others: readonly BriefEntry[];
  readonly requests: Deployment['requests'];
  readonly now: number;
}

export function deploymentOf({ place, entry, others, requests, now }: Known): Deployment {
  const mark = markOf(entry);
  const { outcome, failure, plan } = entry;
  const before = others.filter(({ startedAt }) => startedAt < entry.startedAt);
  const usual = expected(before, new Set(STEPS));
  const steps = stepsOf(entry, usual?.steps ?? [], now);
  const subject = subjectsOf([entry, ...others]);
  const known = others.flatMap(({ proven }) => proven ?? []);
  const name = (running: Running | null | undefined) => {
    const named = running && nameRunning(running, [running, ...known]);
    return named ? nameOf(named, subject(named)) : null;
  };
  const rollout = rolloutOf(entry);
  return {
    id: entry.deploymentId,
    service: entry.service,
    environment: entry.environment,
    action: entry.action,
    mark,
    ...(outcome ? endSentence(outcome.sentence) : runningSentence(entry, steps)),
    paragraphs: outcome ? endParagraphs(entry) : runningParagraphs(entry, steps),
    release: {
      before: name(plan?.running),
      next: releaseOf(entry, rollout ? revisionOf(rollout.taskDefinition) : null),
      after: name(outcome?.running),
    },
    startedAt: entry.startedAt,
    endedAt: entry.endedAt ?? null,
    by: entry.requestedBy,
    reason: entry.reason,
    usualSeconds: usualOf(entry, before),
    requests,
    schema: schemaOf(entry),
    steps,
    evidence: failure?.evidence ?? [],
    error: failure?.error ?? null,
    executionArn: entry.executionArn,
    executionUrl: place.embedded ? null : consoleUrl(place.region, entry.executionArn),
    actions: actionsOf(entry, mark, others),
    logSources: logSourcesOf(entry),
    pendingMigrations: migrationOf(entry)?.pending ?? [],
    plan: plan ? planLines(plan) : [],
  };
}

export function rolloutOf(entry: JournalEntry): Rollout | undefined {
  return entry.steps.UpdateService?.work?.['rollout'] as Rollout | undefined;
}

function consoleUrl(region: string, arn: string): string {
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${arn}`;
}

function usualOf(entry: JournalEntry, before: readonly BriefEntry[]): number | null {
  const took = before
    .filter(
      ({ outcome, action, plan, endedAt }) =>
        outcome?.verdict === 'succeeded' &&
        action === entry.action &&
        endedAt &&
        plan?.steps?.build === entry.plan?.steps.build,
    )
    .map(({ startedAt, endedAt }) => (Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 1000);
  return took.length > 0 ? quantile(took, 0.5) : null;
}

function actionsOf(entry: JournalEntry, mark: string, others: readonly BriefEntry[]): ActionName[] {
  if (mark === 'waiting') return ['approve', 'reject', 'cancel'];
  if (mark === 'running') return ['cancel'];
  const newest = others.find(({ outcome }) => outcome?.running);
  const runs = newest?.outcome?.running?.taskDefinition;
  const back = wayBackOf(others, runs);
  return newest?.deploymentId === entry.deploymentId && back ? ['rollback'] : [];
}

function planLines(plan: Plan): Deployment['plan'] {
  const { settings } = plan;
  const { health } = settings;
  return [
    { label: 'Seen', text: marked(planSummary(plan)) },
    {
      label: 'Builds',
      text: plan.steps.build
        ? `tag ${code(plan.tag)} of ${code(settings.repository)}`
        : 'nothing: the image is there',
    },
    {
      label: 'Service',
      text: `${code(settings.ecsService)} in cluster ${code(settings.cluster)}, container ${code(settings.container)}`,
    },
    { label: 'Size', text: `cpu ${settings.cpu}, memory ${settings.memory} MiB` },
    {
      label: 'Healthy when',
      text: `${code(health.path)}${health.statusPath ? ` and ${code(health.statusPath)}` : ''} answer well for ${duration(health.bakeSeconds)}, within ${duration(health.deadlineSeconds)}`,
    },
    ...(health.alarms.length > 0 ? [{ label: 'Alarms', text: health.alarms.map(code).join(', ') }] : []),
    {
      label: 'Migrations',
      text: settings.database
        ? `a lock is waited for ${settings.migrations.lockTimeout}; snapshot: ${settings.migrations.snapshot}`
        : 'the environment file names no database',
    },
  ];
}
