/** The metrics of a service as `lockstep watch metrics` asks for them, with its deployments as marks on the axis. */
import { describeService } from '../../aws/ecs.ts';
import { elbNames } from '../../aws/elb.ts';
import { readSeries, recentMetrics } from '../../aws/metrics.ts';
import { type BriefEntry, markOf } from '../../core/dora.ts';
import { customQuestion, type MetricQuestion, questionsOf } from '../../core/metrics.ts';
import type { Settings } from '../../core/plan.ts';
import type { MetricGroup, Metrics } from '../model/metrics.ts';
import { releaseOf } from './names.ts';
import type { Place } from './place.ts';
import { partOf, unknown } from './problem.ts';

/** Custom metrics that are shown; a namespace may hold hundreds. */
const CUSTOM = 12;
const POINTS = 180;

const GROUPS = [
  { title: 'Requests', ids: ['requests'] },
  { title: 'Errors', ids: ['errors4xx', 'errors5xx'] },
  { title: 'Latency', ids: ['p50', 'p95', 'p99'] },
  { title: 'CPU and memory', ids: ['cpu', 'memory'] },
  { title: 'Database connections', ids: ['connections'] },
] as const;

export async function metricsOf(
  place: Place,
  name: string,
  settings: Settings,
  hours: number,
  entries: readonly BriefEntry[],
  now: number,
): Promise<Metrics> {
  const periodSeconds = Math.max(60, Math.ceil((hours * 3600) / POINTS / 60) * 60);
  const periods = Math.round((hours * 3600) / periodSeconds);
  const from =
    Math.floor(now / 1000 / periodSeconds) * periodSeconds * 1000 - (periods - 1) * periodSeconds * 1000;
  const axis = { from, periodSeconds, periods };
  const read = (questions: readonly MetricQuestion[]) =>
    place.clients.cloudwatch().then((client) => readSeries(client, questions, axis));
  const standard = await partOf('metrics', () => questionsFor(place, settings));
  const groups = await Promise.all(
    GROUPS.map(async ({ title, ids }): Promise<MetricGroup> => {
      if (!standard.known) return { title, unit: 'none', series: standard };
      const questions = standard.value.filter(({ id }) => (ids as readonly string[]).includes(id));
      const unit = questions[0]?.unit ?? 'none';
      if (questions.length === 0) return { title, unit, series: unknown(title, absent(title)) };
      return { title, unit, series: await partOf(title, () => read(questions)) };
    }),
  );
  return {
    environment: place.environmentName,
    service: name,
    from: new Date(from).toISOString(),
    periodSeconds,
    periods,
    groups: [...groups, ...(await customOf(place, name, read))],
    deployments: entries
      .filter(({ startedAt, steps }) => steps.UpdateService && Date.parse(startedAt) >= from)
      .map((entry) => ({
        id: entry.deploymentId,
        at: entry.steps.UpdateService?.startedAt ?? entry.startedAt,
        mark: markOf(entry),
        release: releaseOf(entry)?.name ?? entry.action,
      })),
  };
}

async function questionsFor(place: Place, settings: Settings): Promise<MetricQuestion[]> {
  const service = await describeService(await place.clients.ecs(), settings);
  const groups = (service?.loadBalancers ?? []).flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
  const names = await elbNames(await place.clients.elb(), groups);
  return questionsOf({
    cluster: settings.cluster,
    ecsService: settings.ecsService,
    ...names,
    databaseInstance: settings.database?.instance ?? null,
  });
}

function absent(title: string): string {
  return title === 'Database connections'
    ? 'not known: the environment file names no "instance" under "database"'
    : 'no HTTP: the service has no load balancer';
}

/** What the service publishes itself: the namespace of its name, as `lockstep watch metrics` takes it. */
async function customOf(
  place: Place,
  name: string,
  read: (
    questions: readonly MetricQuestion[],
  ) => Promise<readonly { id: string; label: string; values: readonly (number | null)[] }[]>,
): Promise<MetricGroup[]> {
  const found = await partOf('custom', async () =>
    recentMetrics(await place.clients.cloudwatch(), namespaceOf(name), CUSTOM),
  );
  if (!found.known) return [{ title: 'Custom metrics', unit: 'none', series: found }];
  return Promise.all(
    found.value.map(async (metric, index) => ({
      title: metric.name,
      unit: 'none' as const,
      series: await partOf(metric.name, () => read([customQuestion(index, metric)])),
    })),
  );
}

function namespaceOf(service: string): string {
  return service.charAt(0).toUpperCase() + service.slice(1);
}
