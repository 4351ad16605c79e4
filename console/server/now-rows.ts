/** A row of Now, from the newest entries of a service's journal. */
import { type BriefEntry, markOf } from '../../core/dora.ts';
import { expected } from '../../core/expectation.ts';
import { duration } from '../../core/outcome.ts';
import { nameRunning, type Running } from '../../core/plan.ts';
import { provenBefore } from '../../core/rollback-target.ts';
import { STEPS } from '../../core/steps.ts';
import { isGood } from '../../core/verdict.ts';
import type { NowDeployment, NowJournal } from '../model/now.ts';
import type { ReleaseName, Schema } from '../model/parts.ts';
import { code, marked, nameOf, releaseOf, subjectsOf } from './names.ts';
import { stepsOf } from './steps.ts';

/** A bad end is told under its service for a day, then only in the history. */
const TOLD_FOR_MS = 86_400_000;

/** `entries`: newest first. */
export function journalOf(entries: readonly BriefEntry[], now: number): NowJournal {
  const subject = subjectsOf(entries);
  const known = entries.flatMap(({ proven }) => proven ?? []);
  const running = runningNow(entries);
  const runs = running && nameRunning(running, known);
  const back = wayBackOf(entries, running?.taskDefinition);
  const [latest] = entries;
  return {
    runs: runs && nameOf(runs, subject(runs)),
    ...sinceOf(entries, running),
    goesBackTo: back ? { ...nameOf(back.running, subject(back.running)), provenAt: back.provenAt } : null,
    noWayBack: back ? null : running ? 'none was proven before this one' : 'nothing has been released yet',
    schema: schemaOf(latest),
    latest: latest ? deploymentOf(latest, entries, now) : null,
  };
}

/** As `lockstep rollback` chooses: the newest release that was proven before the one that runs. */
export function wayBackOf(entries: readonly BriefEntry[], taskDefinition: string | undefined) {
  const proven = entries.flatMap(({ proven: running, provenAt }) =>
    running && provenAt ? [{ running, provenAt }] : [],
  );
  return provenBefore(proven, taskDefinition);
}

/** What ran as the newest deployment that knows it ended, or as the one that is under way began. */
export function runningNow(entries: readonly BriefEntry[]): Running | null {
  for (const { outcome, plan } of entries) {
    if (outcome?.running) return outcome.running;
    if (!outcome && plan?.running) return plan.running;
  }
  return null;
}

function sinceOf(
  entries: readonly BriefEntry[],
  running: Running | null,
): Pick<NowJournal, 'since' | 'againSince'> {
  if (!running) return { since: null, againSince: null };
  let since: string | null = null;
  let againSince: string | null = null;
  for (const { outcome, proven, provenAt, endedAt, steps } of entries) {
    if (!outcome) continue;
    const same = outcome.running?.taskDefinition === running.taskDefinition;
    if (!same) break;
    const cameBack =
      outcome.verdict === 'rolled-back' || (outcome.verdict === 'cancelled' && steps.VerifyRollback);
    if (cameBack) againSince ??= endedAt ?? null;
    else if (proven && provenAt) since = provenAt;
  }
  return { since: since ?? againSince, againSince };
}

export function schemaOf(entry: BriefEntry | undefined): Schema {
  const unknown: Schema = { state: 'unknown', text: 'not known yet', migration: null };
  if (!entry) return unknown;
  const { outcome, steps } = entry;
  const migrated = steps.Migrate?.status === 'done';
  const names = migrated ? (steps.Migrate?.summary ?? '').split(', ').filter(Boolean) : [];
  const migration = names.at(-1) ?? null;
  if (!outcome) {
    // Until the first of the two is touched, both stand as they stood.
    if (!steps.Migrate && !steps.UpdateService)
      return entry.plan?.running ? { state: 'in-step', text: 'in step', migration: null } : unknown;
    const both = steps.Migrate !== undefined && steps.Migrate.status !== 'skipped';
    return { state: 'moving', text: both ? 'code and schema move' : 'code moves', migration };
  }
  if (migrated && outcome.verdict !== 'succeeded') {
    const bad = entry.failure?.error === 'RollbackIncompatible' || outcome.verdict === 'needs-attention';
    const count = `${names.length} ahead`;
    return {
      state: bad ? 'ahead-incompatible' : 'ahead',
      text: `${count}, ${bad ? 'incompatible' : 'compatible'}`,
      migration,
    };
  }
  if (steps.Migrate?.status === 'failed')
    return { state: 'unknown', text: 'unknown: the migration failed', migration };
  if (!steps.MigrateCheck) return unknown;
  if (/^no release manifest/.test(steps.MigrateCheck.summary))
    return { state: 'unknown', text: 'unknown: the image has no manifest', migration };
  return { state: 'in-step', text: 'in step', migration };
}

function deploymentOf(entry: BriefEntry, entries: readonly BriefEntry[], now: number): NowDeployment {
  const mark = markOf(entry);
  const { outcome, endedAt } = entry;
  const usual = expected(entries, new Set(STEPS));
  const steps = outcome ? [] : stepsOf(entry, usual?.steps ?? [], now);
  const fresh = endedAt === undefined || now - Date.parse(endedAt) < TOLD_FOR_MS;
  const needsEyes =
    mark === 'running' ||
    mark === 'waiting' ||
    (outcome !== undefined && !isGood(outcome.verdict) && (fresh || mark === 'needs-attention'));
  return {
    id: entry.deploymentId,
    mark,
    startedAt: entry.startedAt,
    endedAt: endedAt ?? null,
    by: entry.requestedBy,
    release: releaseOf(entry),
    needsEyes,
    line: needsEyes ? lineOf(entry, releaseOf(entry)) : '',
    steps: steps
      .filter(({ back, status }) => !back || status !== 'to-come')
      .map(({ step, status, startedAt, endedAt: ended, note }) => ({
        step,
        status,
        seconds:
          startedAt === null ? null : ((ended ? Date.parse(ended) : now) - Date.parse(startedAt)) / 1000,
        note,
      })),
    secondsLeft:
      mark === 'running' && usual
        ? Math.max(0, usual.p50 - (now - Date.parse(entry.startedAt)) / 1000)
        : null,
  };
}

/** After the mark's word: what it is about. */
function lineOf(entry: BriefEntry, release: ReleaseName | null): string {
  const what = release
    ? [code(release.name), release.subject && `“${release.subject}”`].filter(Boolean).join(' ')
    : entry.action;
  const { outcome, steps } = entry;
  if (!outcome) {
    const check = steps.MigrateCheck?.summary;
    return markOf(entry) === 'waiting' && check ? `${what}: ${marked(check)}` : what;
  }
  const took = entry.endedAt
    ? ` after ${duration((Date.parse(entry.endedAt) - Date.parse(entry.startedAt)) / 1000)}`
    : '';
  return outcome.reason ? `${what}: ${marked(outcome.reason.split('\n')[0] ?? '')}` : `${what}${took}`;
}
