/** Looks once at everything that says how a service is. core/check.ts judges what is seen here. */
import { alarmsInAlarm } from '../aws/cloudwatch.ts';
import { elbNames } from '../aws/elb.ts';
import { isNamed } from '../aws/errors.ts';
import { askDatabase } from '../aws/inspection.ts';
import { entriesOf } from '../aws/journal.ts';
import { type Clients, clientsOf } from '../aws/lazy-clients.ts';
import { readSeries } from '../aws/metrics.ts';
import { observeService, type ServiceSeen } from '../aws/running.ts';
import { scalingOf } from '../aws/scaling.ts';
import { checkedTasks, tasksOf } from '../aws/tasks.ts';
import { type Checked, type CheckedDatabase, isSlow } from '../core/check.ts';
import type { Environment } from '../core/environment.ts';
import { LockstepError } from '../core/errors.ts';
import { activityAnswerSchema, historyAnswerSchema } from '../core/inspection.ts';
import type { JournalEntry } from '../core/journal.ts';
import { latest, questionsOf, type Series } from '../core/metrics.ts';
import { inspectFunctionName } from '../core/names.ts';
import { replacedOutside } from '../core/outside.ts';
import { nameRunning, revisionOf, type Settings, settingsOf } from '../core/plan.ts';
import { slowestStatement } from '../core/slow.ts';
import { answersOf } from './answers.ts';
import type { Cloud } from './cloud.ts';
import { recognisedIn } from './recognised.ts';

/** Enough to name what runs and to list the last deployments. */
const ENTRIES_READ = 25;
const LAST_SHOWN = 3;
/** Metrics of a minute arrive late: the newest known value of these minutes is taken. */
const MINUTES = 10;
/** Lines of the database's log that are looked through for the slowest statement. */
const SLOW_LINES = 2_000;

export interface Subject {
  readonly cloud: Cloud;
  readonly environment: Environment;
  readonly service: string;
}

export async function lookAtService(subject: Subject): Promise<Checked> {
  const { cloud, environment, service } = subject;
  const settings = settingsOf(environment, cloud.environmentName, service);
  if (!settings) throw new Error(`no service ${service}`);
  const clients = clientsOf(cloud);
  const [seen, entries] = await Promise.all([
    observeService(await clients.ecs(), settings, settings.container),
    newest(cloud, service),
  ]);
  if (!seen)
    throw new LockstepError('ServiceNotFound', { service: settings.ecsService, cluster: settings.cluster });
  const groups = (seen.service.loadBalancers ?? []).flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
  const [tasks, answers, database, series, scaling, alarms] = await Promise.all([
    tasksOf(await clients.ecs(), settings),
    answersOf(settings, groups, clients),
    databaseOf(cloud, settings, service, clients),
    seriesOf(settings, groups, clients),
    scalingOf(await clients.scaling(), settings),
    alarmsInAlarm(await clients.cloudwatch(), settings.health.alarms),
  ]);
  const known = entries.flatMap(({ proven }) => proven ?? []);
  const running = seen.running && nameRunning(seen.running, known);
  const value = (id: string) => latest(series.find((one) => one.id === id));
  const latency = value('p50');
  const times =
    latency === null ? null : { p50: latency, p95: value('p95') ?? latency, p99: value('p99') ?? latency };
  return {
    service,
    environment: cloud.environmentName,
    cluster: settings.cluster,
    running,
    tag: entries.find(({ release }) => release && release.digest === running?.digest)?.release?.tag ?? null,
    since: sinceOf(seen)?.toISOString() ?? null,
    replaced: replacedOutside(running, entries),
    rollout: rolloutOf(seen),
    counts: {
      desired: seen.service.desiredCount ?? 0,
      running: seen.service.runningCount ?? 0,
      pending: seen.service.pendingCount ?? 0,
    },
    scaling,
    tasks: checkedTasks(tasks),
    ...answers,
    database: {
      ...database,
      slowest: times && isSlow(times) ? await slowestIn(settings, times.p99, clients) : null,
    },
    cpu: value('cpu'),
    memory: value('memory'),
    size: { cpu: settings.cpu, memory: settings.memory },
    latency: times,
    errorPercent: errorPercent(series),
    alarms,
    recognised: await recognisedIn(subject, settings, { tasks, seen, answers }, clients),
    last: entries.slice(0, LAST_SHOWN).map((entry) => ({
      id: entry.deploymentId,
      commit: entry.commit,
      verdict: entry.outcome?.verdict ?? null,
      at: entry.endedAt ?? entry.startedAt,
    })),
  };
}

export async function newest(cloud: Cloud, service: string, most = ENTRIES_READ): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of entriesOf(cloud.journal, `${service}/${cloud.environmentName}`)) {
    entries.push(entry);
    if (entries.length === most) break;
  }
  return entries;
}

function sinceOf({ service }: ServiceSeen): Date | undefined {
  const primary = service.deployments?.find(({ status }) => status === 'PRIMARY');
  return primary?.createdAt ?? service.createdAt;
}

function rolloutOf({ service }: ServiceSeen): Checked['rollout'] {
  const primary = service.deployments?.find(({ status }) => status === 'PRIMARY');
  if (primary?.rolloutState !== 'IN_PROGRESS' || !primary.taskDefinition) return null;
  return {
    revision: revisionOf(primary.taskDefinition),
    running: primary.runningCount ?? 0,
    desired: primary.desiredCount ?? 0,
  };
}

async function databaseOf(
  cloud: Cloud,
  settings: Settings,
  service: string,
  clients: Clients,
): Promise<CheckedDatabase> {
  const unknown = {
    connections: null,
    oldestTransaction: null,
    failedMigrations: [],
    scanned: [],
    slowest: null,
  };
  if (!settings.database) return { reachable: null, problem: null, ...unknown };
  const name = inspectFunctionName(cloud.environmentName, service);
  const lambda = await clients.lambda();
  // One after the other: the function is small, and two at a time would be two cold starts.
  const history = await askDatabase(lambda, name, { want: 'history' }, historyAnswerSchema);
  if (!history.reachable) return { reachable: false, problem: history.reason, ...unknown };
  const activity = await askDatabase(lambda, name, { want: 'activity' }, activityAnswerSchema);
  const failed = history.applied?.filter((row) => row.finishedAt === null && row.rolledBackAt === null);
  return {
    reachable: true,
    problem: null,
    connections: activity.reachable ? activity.connections : null,
    oldestTransaction: activity.reachable ? activity.oldestTransaction : null,
    failedMigrations: failed?.map((row) => row.migrationName) ?? [],
    scanned: activity.reachable ? activity.scanned : [],
    slowest: null,
  };
}

/** RDS writes the server's log there, where the instance is told to. Who may not read it is not told of statements. */
async function slowestIn(
  settings: Settings,
  p99: number,
  clients: Clients,
): Promise<CheckedDatabase['slowest']> {
  const instance = settings.database?.instance;
  if (!instance) return null;
  const { paginateFilterLogEvents } = await import('@aws-sdk/client-cloudwatch-logs');
  const logs = await clients.logs();
  const messages: string[] = [];
  const wanted = {
    logGroupName: `/aws/rds/instance/${instance}/postgresql`,
    startTime: Date.now() - MINUTES * 60_000,
    filterPattern: '"duration:"',
  };
  try {
    for await (const { events } of paginateFilterLogEvents({ client: logs }, wanted)) {
      messages.push(...(events ?? []).flatMap(({ message }) => message ?? []));
      if (messages.length >= SLOW_LINES) break;
    }
  } catch (error) {
    const denied = error instanceof LockstepError && error.error === 'PermissionMissing';
    if (!denied && !isNamed(error, 'ResourceNotFoundException')) throw error;
  }
  // One answer in a hundred took longer than that; twice as long took none that matters.
  return slowestStatement(messages, 2 * p99);
}

async function seriesOf(settings: Settings, groups: readonly string[], clients: Clients): Promise<Series[]> {
  const place = {
    cluster: settings.cluster,
    ecsService: settings.ecsService,
    ...(await elbNames(await clients.elb(), groups)),
    databaseInstance: settings.database?.instance ?? null,
  };
  const minute = 60_000;
  const from = Math.floor(Date.now() / minute) * minute - (MINUTES - 1) * minute;
  const axis = { from, periodSeconds: 60, periods: MINUTES };
  return readSeries(await clients.cloudwatch(), questionsOf(place), axis);
}

function errorPercent(series: readonly Series[]): number | null {
  const sum = (id: string) =>
    series.find((one) => one.id === id)?.values.reduce<number>((total, value) => total + (value ?? 0), 0);
  const requests = sum('requests');
  return requests ? ((sum('errors5xx') ?? 0) / requests) * 100 : null;
}
