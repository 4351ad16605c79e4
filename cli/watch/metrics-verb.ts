/** `lockstep watch metrics`: sparklines on one time axis, with the deployments marked on it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeService } from '../../aws/ecs.ts';
import { elbNames } from '../../aws/elb.ts';
import { type Clients, clientsOf } from '../../aws/lazy-clients.ts';
import { readSeries, recentMetrics } from '../../aws/metrics.ts';
import { LockstepError } from '../../core/errors.ts';
import { type Axis, customQuestion, type MetricQuestion, questionsOf } from '../../core/metrics.ts';
import { type Settings, settingsOf } from '../../core/plan.ts';
import { newest } from '../check.ts';
import { flag, type Invocation, text } from '../command.ts';
import { type Opened, open } from '../open.ts';
import { type Mark, metricLines } from '../render/metrics.ts';
import { screenOf } from '../render/text.ts';
import { timeoutOf } from '../target.ts';
import { momentOf } from './time.ts';

const DEFAULT_SINCE_MS = 60 * 60_000;
const FOLLOW_MS = 10_000;
/** More would not be readable one below the other. */
const MOST_CUSTOM = 20;
const MINUTE = 60;

export async function watchMetrics(invocation: Invocation): Promise<number> {
  const opened = await open(invocation);
  const { cloud, environment, service } = opened;
  const settings = settingsOf(environment, cloud.environmentName, service);
  if (!settings) throw new Error(`no service ${service}`);
  const clients = clientsOf(cloud);
  const questions = await questionsAbout(invocation, settings, service, clients);
  const screen = screenOf(process.stdout, invocation.variables);
  const json = flag(invocation, 'json');
  const { timeout } = timeoutOf(invocation);
  const ends = timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeout;
  for (;;) {
    const axis = axisOf(invocation, Date.now());
    const series = await readSeries(await clients.cloudwatch(), questions, axis);
    const marks = await marksOf(opened, axis);
    if (flag(invocation, 'follow') && screen.isTerminal && !json) screen.write('\u001b[H\u001b[J');
    screen.write(
      json
        ? `${JSON.stringify({ type: 'metrics', service, environment: cloud.environmentName, ...axis, from: new Date(axis.from).toISOString(), series, deployments: marks })}\n`
        : `${metricLines({ service, environment: cloud.environmentName, axis, series, marks }, screen).join('\n')}\n`,
    );
    if (!flag(invocation, 'follow') || Date.now() >= ends) return 0;
    try {
      await sleep(FOLLOW_MS, undefined, { signal: invocation.signal });
    } catch {
      return 0;
    }
  }
}

/** The standard metrics, then those of the user's own namespace: the service's name with a capital, unless another is named. */
async function questionsAbout(
  invocation: Invocation,
  settings: Settings,
  service: string,
  clients: Clients,
): Promise<MetricQuestion[]> {
  const found = await describeService(await clients.ecs(), settings);
  if (!found)
    throw new LockstepError('ServiceNotFound', { service: settings.ecsService, cluster: settings.cluster });
  const groups = (found.loadBalancers ?? []).flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
  const names = await elbNames(await clients.elb(), groups);
  const standard = questionsOf({
    cluster: settings.cluster,
    ecsService: settings.ecsService,
    ...names,
    databaseInstance: settings.database?.instance ?? null,
  });
  const namespace = text(invocation, 'namespace') ?? `${service[0]?.toUpperCase()}${service.slice(1)}`;
  const custom = await recentMetrics(await clients.cloudwatch(), namespace, MOST_CUSTOM);
  return [...standard, ...custom.map((metric, index) => customQuestion(index, metric))];
}

/** At most a few hundred periods, each a length that CloudWatch has; its ends are whole periods. */
function axisOf(invocation: Invocation, now: number): Axis {
  const from = momentOf(invocation, 'since', now) ?? now - DEFAULT_SINCE_MS;
  const until = momentOf(invocation, 'until', now) ?? now;
  const span = (until - from) / 1000;
  if (span <= 0)
    throw new LockstepError('UsageError', {
      problem: '--since is not before --until.',
      help: 'Write how long ago both are, for example --since 3h --until 1h.',
    });
  const periodSeconds =
    [MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE].find((period) => span / period <= 240) ?? 86_400;
  const whole = periodSeconds * 1000;
  const begin = Math.floor(from / whole) * whole;
  return { from: begin, periodSeconds, periods: Math.max(1, Math.ceil((until - begin) / whole)) };
}

async function marksOf({ cloud, service }: Opened, axis: Axis): Promise<Mark[]> {
  const entries = await newest(cloud, service);
  return entries
    .map((entry) => ({
      at: Date.parse(entry.steps.UpdateService?.startedAt ?? entry.startedAt),
      name: entry.commit?.slice(0, 7) ?? entry.deploymentId,
      verdict: entry.outcome?.verdict ?? null,
    }))
    .filter(({ at }) => at >= axis.from && at < axis.from + axis.periods * axis.periodSeconds * 1000)
    .toReversed();
}
