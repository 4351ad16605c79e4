/**
 * Answers and latency on the timeline's axis. Which tasks answered is told by their own logs; where these tell of no request,
 * the load balancer's metrics of all tasks together stand in, a minute at a time.
 */

import { describeService, describeTaskDefinition } from '../../aws/ecs.ts';
import { elbNames } from '../../aws/elb.ts';
import { linesBetween } from '../../aws/log-lines.ts';
import { streamOf } from '../../aws/logs.ts';
import { readSeries } from '../../aws/metrics.ts';
import { quantile } from '../../core/expectation.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { taskOfStream } from '../../core/log-lines.ts';
import { type Axis, questionsOf } from '../../core/metrics.ts';
import { revisionOf, type Settings } from '../../core/plan.ts';
import { answerIn, type LoggedAnswer } from '../../core/request-log.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Part } from '../model/parts.ts';
import type { Answers, Latency } from '../model/timeline.ts';
import { rolloutOf } from './deployment.ts';
import { livesOf } from './log-sources.ts';
import type { Place } from './place.ts';
import { partOf, unknown } from './problem.ts';
import type { Span } from './timeline.ts';

/** Lines that are read for one picture; a service that writes more is told from its load balancer. */
const LINES = 30_000;
const BUCKETS = 150;
const PERIODS = [5, 10, 15, 30, 60, 120, 300, 900, 3600];

export interface Traffic {
  readonly answers: Part<Answers>;
  readonly latency: Part<Latency>;
}

export async function trafficOf(place: Place, entry: JournalEntry, span: Span): Promise<Traffic> {
  const settings = entry.plan?.settings;
  if (!settings) {
    const none = 'Nothing was planned yet, so it is not known which service to ask.';
    return { answers: unknown('answers', none), latency: unknown('latency', none) };
  }
  const logged = await partOf('answers', () => fromLogs(place, entry, settings, span));
  if (logged.known && logged.value) return logged.value;
  const balanced = await partOf('answers', () => fromBalancer(place, settings, span));
  if (!balanced.known) return { answers: balanced, latency: balanced };
  return balanced.value;
}

interface Bucket {
  count: number;
  failed: number;
  readonly took: number[];
}

/** Undefined where the logs tell of no request, or of too many. */
async function fromLogs(
  place: Place,
  entry: JournalEntry,
  settings: Settings,
  span: Span,
): Promise<Traffic | undefined> {
  const reference = rolloutOf(entry)?.taskDefinition ?? entry.plan?.running?.taskDefinition;
  const definition =
    reference && (await describeTaskDefinition(await place.clients.ecs(), reference))?.definition;
  const container = definition
    ? definition.containerDefinitions?.find(({ name }) => name === settings.container)
    : undefined;
  const stream = streamOf(container, 'task/');
  if (!stream) return undefined;
  const fresh = freshTasks(entry);
  const axis = axisOf(span);
  const sides = { fresh: buckets(axis), old: buckets(axis) };
  const question = { group: stream.group, region: place.region, filter: undefined, prefix: stream.stream };
  let lines = 0;
  let answers = 0;
  for await (const page of linesBetween(
    await place.clients.logs(),
    question,
    span.from,
    Math.min(span.to, Date.now()),
  )) {
    lines += page.length;
    if (lines > LINES) return undefined;
    for (const { stream: name, at, message } of page) {
      const answer = answerIn(message);
      const bucket =
        sides[fresh.has(taskOfStream(name)) ? 'fresh' : 'old'][
          Math.floor((at - axis.from) / (axis.periodSeconds * 1000))
        ];
      if (!answer || !bucket) continue;
      answers++;
      count(bucket, answer);
    }
  }
  return answers === 0 ? undefined : shaped(axis, sides.fresh, sides.old);
}

function freshTasks(entry: JournalEntry): Set<string> {
  const rollout = rolloutOf(entry);
  if (!rollout) return new Set();
  const revision = revisionOf(rollout.taskDefinition);
  return new Set(livesOf(entry).flatMap((life) => (life.revision === revision ? [life.id] : [])));
}

function axisOf({ from, to }: Span): Axis {
  const seconds = (to - from) / 1000;
  const periodSeconds = PERIODS.find((period) => seconds / period <= BUCKETS) ?? 86_400;
  return { from, periodSeconds, periods: Math.ceil(seconds / periodSeconds) };
}

const buckets = ({ periods }: Axis): Bucket[] =>
  Array.from({ length: periods }, () => ({ count: 0, failed: 0, took: [] }));

function count(bucket: Bucket, { status, milliseconds }: LoggedAnswer): void {
  bucket.count++;
  if (status >= 500) bucket.failed++;
  if (milliseconds !== null) bucket.took.push(milliseconds);
}

function shaped(axis: Axis, fresh: readonly Bucket[], old: readonly Bucket[]): Traffic {
  const from = new Date(axis.from).toISOString();
  const { periodSeconds } = axis;
  const p95 = (list: readonly Bucket[]) =>
    list.map(({ took }) => (took.length > 0 ? quantile(took, 0.95) : null));
  const failed = (list: readonly Bucket[]) => list.reduce((sum, bucket) => sum + bucket.failed, 0);
  const [newFailed, oldFailed] = [failed(fresh), failed(old)];
  const all = fresh.concat(old).reduce((sum, bucket) => sum + bucket.count, 0);
  const whose =
    newFailed === 0
      ? 'all from old tasks'
      : oldFailed === 0
        ? 'all from new tasks'
        : `${newFailed} from new tasks`;
  // What a task writes down has the health checks in it, which no client sent: the load balancer's count has not.
  const note =
    newFailed + oldFailed === 0
      ? `0 of ${all.toLocaleString('en-US')} answers failed`
      : `${newFailed + oldFailed} answers 5xx, health checks too, ${whose}`;
  return {
    answers: {
      known: true,
      value: {
        from,
        periodSeconds,
        fresh: fresh.map((bucket) => bucket.count),
        freshFailed: fresh.map((bucket) => bucket.failed),
        old: old.map((bucket) => bucket.count),
        oldFailed: old.map((bucket) => bucket.failed),
        note,
      },
    },
    latency: { known: true, value: { from, periodSeconds, fresh: p95(fresh), old: p95(old), limit: null } },
  };
}

async function fromBalancer(place: Place, settings: Settings, span: Span): Promise<Traffic> {
  const from = Math.floor(span.from / 60_000) * 60_000;
  const axis = { from, periodSeconds: 60, periods: Math.ceil((span.to - from) / 60_000) };
  const found = await balancerSeries(place, settings, axis);
  if (!found) {
    const none = 'no HTTP: the service has no load balancer, and its logs tell of no request';
    return { answers: unknown('answers', none), latency: unknown('latency', none) };
  }
  const counts = (id: string) =>
    (found.get(id) ?? []).map((value) => (value === null ? null : Math.round(value * 60)));
  const [requests, bad] = [counts('requests'), counts('errors5xx')];
  const failed = bad.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const at = new Date(from).toISOString();
  return {
    answers: {
      known: true,
      value: {
        from: at,
        periodSeconds: 60,
        fresh: null,
        freshFailed: null,
        old: requests,
        oldFailed: bad,
        note:
          failed === 0
            ? '0 answers failed'
            : `${failed} answers 5xx; the load balancer does not say which tasks gave them`,
      },
    },
    latency: {
      known: true,
      value: { from: at, periodSeconds: 60, fresh: null, old: found.get('p95') ?? [], limit: null },
    },
  };
}

async function balancerSeries(
  place: Place,
  settings: Settings,
  axis: Axis,
): Promise<Map<string, readonly (number | null)[]> | undefined> {
  const service = await describeService(await place.clients.ecs(), settings);
  const groups = (service?.loadBalancers ?? []).flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
  const names = await elbNames(await place.clients.elb(), groups);
  if (!names.loadBalancer || !names.targetGroup) return undefined;
  const questions = questionsOf({
    cluster: settings.cluster,
    ecsService: settings.ecsService,
    ...names,
    databaseInstance: null,
  });
  const wanted = questions.filter(({ id }) => ['requests', 'errors5xx', 'p95'].includes(id));
  const series = await readSeries(await place.clients.cloudwatch(), wanted, axis);
  return new Map(series.map(({ id, values }) => [id, values]));
}

/** How many requests there were while it ran, and how many failed, as the load balancer counts them. */
export async function requestsOf(place: Place, entry: JournalEntry): Promise<Deployment['requests']> {
  const settings = entry.plan?.settings;
  if (!settings) return null;
  const from = Math.floor(Date.parse(entry.startedAt) / 60_000) * 60_000;
  const to = entry.endedAt ? Date.parse(entry.endedAt) : Date.now();
  const axis = { from, periodSeconds: 60, periods: Math.max(1, Math.ceil((to - from) / 60_000)) };
  const found = await balancerSeries(place, settings, axis);
  if (!found) return null;
  const sum = (id: string) =>
    Math.round((found.get(id) ?? []).reduce<number>((total, value) => total + (value ?? 0) * 60, 0));
  return { all: sum('requests'), failed: sum('errors5xx') };
}
