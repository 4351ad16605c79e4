/**
 * What `VerifyHealth` keeps of its looks for whoever wants to see the release afterwards: a sample a look, and the life of
 * each task. ECS forgets a stopped task after an hour, and targets at once; the journal does not. Both are bounded, since the
 * record is written anew at every look.
 */
import type { Observation } from './observation.ts';

export interface Sample {
  /** ISO 8601. */
  readonly at: string;
  readonly desired: number;
  /** New tasks that run, that do not fail their container check, and that the load balancer finds healthy. */
  readonly running: number;
  readonly healthy: number;
  readonly targets: number | null;
  /** Of the health path; null where it is not asked, and a null status where nothing answered. */
  readonly health: { readonly status: number | null; readonly milliseconds: number } | null;
  readonly summary: string;
}

/** ECS's own times where it tells them, else the time of the look that saw it first. All ISO 8601. */
export interface TaskLife {
  readonly id: string;
  /** `backend-production:42`. */
  readonly revision: string;
  readonly created: string;
  readonly started?: string;
  readonly healthy?: string;
  /** First found unhealthy after that, or at all. */
  readonly failing?: string;
  readonly leaving?: string;
  readonly stopped?: string;
  readonly reason?: string;
}

/** A task of the service at one look, old or new. */
export interface TaskLook {
  readonly id: string;
  readonly revision: string;
  readonly created: string;
  readonly started: string | null;
  readonly leaving: string | null;
  readonly stopped: string | null;
  readonly reason: string | null;
  /** The container's check; null without one. */
  readonly check: 'healthy' | 'unhealthy' | null;
  /** The load balancer's word; null without one, or while it does not know the task. */
  readonly target: string | null;
  readonly balanced: boolean;
}

export interface HealthRecord {
  readonly samples: readonly Sample[];
  readonly tasks: readonly TaskLife[];
}

const SAMPLES_KEPT = 90;
const TASKS_KEPT = 40;
const TEXT_WIDTH = 160;

export function recordLook(
  before: Partial<HealthRecord>,
  seen: Observation,
  looks: readonly TaskLook[],
  summary: string,
  at: string,
): HealthRecord {
  return {
    samples: bounded([...(before.samples ?? []), sampleOf(seen, summary, at)]),
    tasks: livesOf(before.tasks ?? [], looks, at),
  };
}

function sampleOf(seen: Observation, summary: string, at: string): Sample {
  const running = seen.tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  const addresses = new Set(running.map(({ address }) => address));
  const serving = seen.targets?.filter(({ state, address }) => state === 'healthy' && addresses.has(address));
  return {
    at,
    desired: seen.desired,
    running: running.length,
    healthy: running.filter(({ healthStatus }) => healthStatus !== 'UNHEALTHY').length,
    targets: serving?.length ?? null,
    health: seen.health && {
      status: seen.health.status,
      milliseconds: Math.round(seen.health.milliseconds),
    },
    summary: summary.slice(0, TEXT_WIDTH),
  };
}

/** Of equal looks in a row the middle ones say nothing: they go first, the oldest before the newer. */
function bounded(samples: Sample[]): Sample[] {
  const kept = [...samples];
  while (kept.length > SAMPLES_KEPT) {
    const dull = kept.findIndex(
      (sample, index) => index > 0 && same(sample, kept[index - 1]) && same(sample, kept[index + 1]),
    );
    kept.splice(dull > 0 ? dull : 1, 1);
  }
  return kept;
}

function same(one: Sample, other: Sample | undefined): boolean {
  return (
    other !== undefined &&
    one.running === other.running &&
    one.healthy === other.healthy &&
    one.targets === other.targets &&
    one.health?.status === other.health?.status
  );
}

function livesOf(before: readonly TaskLife[], looks: readonly TaskLook[], at: string): TaskLife[] {
  const lives = new Map(before.map((life) => [life.id, life]));
  for (const look of looks) lives.set(look.id, lifeOf(lives.get(look.id), look, at));
  // Those that ended first say least of a release whose tasks come and go.
  const all = [...lives.values()].sort((a, b) => a.created.localeCompare(b.created));
  return all.slice(-TASKS_KEPT);
}

function lifeOf(before: TaskLife | undefined, look: TaskLook, at: string): TaskLife {
  const well =
    look.check !== 'unhealthy' && (look.balanced ? look.target === 'healthy' : look.started !== null);
  const ill = look.check === 'unhealthy' || look.target === 'unhealthy';
  const gone = look.leaving ?? look.stopped;
  // What was there before this look began is not news of this moment: a task that starts is well when it is first seen well.
  const healthy = before?.healthy ?? (well && !gone ? firstWell(before, look, at) : undefined);
  const failing = before?.failing ?? (ill && !gone ? at : undefined);
  const leaving = before?.leaving ?? look.leaving ?? (look.target === 'draining' ? at : undefined);
  const reason = look.reason?.slice(0, TEXT_WIDTH);
  return {
    id: look.id,
    revision: look.revision,
    created: look.created,
    ...(look.started && { started: look.started }),
    ...(healthy && { healthy }),
    ...(failing && { failing }),
    ...(leaving && { leaving }),
    ...(look.stopped && { stopped: look.stopped }),
    ...(reason && { reason }),
  };
}

/** A task that was well before anybody looked (an old one) has been so since it started. */
function firstWell(before: TaskLife | undefined, look: TaskLook, at: string): string {
  return before === undefined && look.started !== null ? look.started : at;
}
