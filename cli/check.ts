/** Looks once at everything that says how a service is. core/check.ts judges what is seen here. */
import type { Task } from '@aws-sdk/client-ecs';
import { ask } from '../aws/ask.ts';
import { alarmsInAlarm } from '../aws/cloudwatch.ts';
import { elbNames, frontDoor, targetsOf } from '../aws/elb.ts';
import { askDatabase } from '../aws/inspection.ts';
import { entriesOf } from '../aws/journal.ts';
import { lastLines, streamOf } from '../aws/logs.ts';
import { readSeries } from '../aws/metrics.ts';
import { observeService, type ServiceSeen } from '../aws/running.ts';
import { scalingOf } from '../aws/scaling.ts';
import { secretValue } from '../aws/secrets.ts';
import { taskId, tasksOf } from '../aws/tasks.ts';
import { type Checked, type CheckedDatabase, isWell } from '../core/check.ts';
import type { Environment } from '../core/environment.ts';
import { LockstepError } from '../core/errors.ts';
import { notAsked } from '../core/front-door.ts';
import { activityAnswerSchema, historyAnswerSchema } from '../core/inspection.ts';
import type { JournalEntry } from '../core/journal.ts';
import { latest, questionsOf, type Series } from '../core/metrics.ts';
import { inspectFunctionName } from '../core/names.ts';
import { mergeTargets } from '../core/observation.ts';
import { replacedOutside } from '../core/outside.ts';
import { nameRunning, revisionOf, type Settings, settingsOf } from '../core/plan.ts';
import { recogniseCrash } from '../core/recognise.ts';
import { type Clients, clientsOf } from './clients.ts';
import type { Cloud } from './cloud.ts';

/** Enough to name what runs and to list the last deployments. */
const ENTRIES_READ = 25;
const LAST_SHOWN = 3;
/** Metrics of a minute arrive late: the newest known value of these minutes is taken. */
const MINUTES = 10;

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
    tasks: tasks
      .filter(({ lastStatus }) => lastStatus !== 'STOPPED')
      .map((task) => ({
        id: taskId(task.taskArn ?? ''),
        revision: revisionOf(task.taskDefinitionArn ?? ''),
        lastStatus: task.lastStatus ?? '',
        health: task.healthStatus ?? 'UNKNOWN',
        startedAt: task.startedAt?.toISOString() ?? null,
      })),
    ...answers,
    database,
    cpu: value('cpu'),
    memory: value('memory'),
    size: { cpu: settings.cpu, memory: settings.memory },
    latency:
      latency === null ? null : { p50: latency, p95: value('p95') ?? latency, p99: value('p99') ?? latency },
    errorPercent: errorPercent(series),
    alarms,
    recognised: await recognisedIn(tasks, seen, answers, settings, clients),
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

async function answersOf(
  settings: Settings,
  groups: readonly string[],
  clients: Clients,
): Promise<Pick<Checked, 'targets' | 'healthAnswer' | 'statusAnswer' | 'notAsked'>> {
  const elb = await clients.elb();
  const { health } = settings;
  const [lists, { url, closed }] = await Promise.all([
    Promise.all(groups.map((group) => targetsOf(elb, group))),
    frontDoor(elb, health.url, groups),
  ]);
  const known = lists.filter((list) => list !== null);
  const [answer, status] = url
    ? await Promise.all([ask(url, health.path), statusOf(url, settings, clients)])
    : [null, null];
  return {
    targets: known.length > 0 ? mergeTargets(known) : null,
    healthAnswer: answer,
    statusAnswer: status,
    notAsked: closed && notAsked(closed, health.path),
  };
}

/** Who may look at a service need not be allowed to read its secrets; the status is left out then. */
async function statusOf(url: string, { health }: Settings, clients: Clients) {
  if (!health.statusPath) return null;
  if (!health.statusTokenSecret) return ask(url, health.statusPath);
  try {
    return await ask(
      url,
      health.statusPath,
      await secretValue(await clients.secrets(), health.statusTokenSecret),
    );
  } catch {
    return null;
  }
}

async function databaseOf(
  cloud: Cloud,
  settings: Settings,
  service: string,
  clients: Clients,
): Promise<CheckedDatabase> {
  const unknown = { connections: null, oldestTransaction: null, failedMigrations: [] };
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
  };
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

const LOG_LINES = 100;
/** Tasks whose last words are read; more would say the same. */
const LOGS_READ = 2;

/** Looks into logs only where something is wrong: at tasks that ended although they should run, or at those that answer badly. */
async function recognisedIn(
  tasks: readonly Task[],
  { service, current }: ServiceSeen,
  { healthAnswer, statusAnswer }: Pick<Checked, 'healthAnswer' | 'statusAnswer'>,
  settings: Settings,
  clients: Clients,
): Promise<Checked['recognised']> {
  const short = (service.runningCount ?? 0) < (service.desiredCount ?? 0);
  const answersBadly = [healthAnswer, statusAnswer].some((answer) => answer && !isWell(answer));
  if (!short && !answersBadly) return null;
  const container = current.definition.containerDefinitions?.find(({ name }) => name === settings.container);
  const wanted = tasks
    .filter(({ lastStatus }) => answersBadly || lastStatus === 'STOPPED')
    .toSorted((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0))
    .slice(0, LOGS_READ);
  for (const task of wanted) {
    const stream = streamOf(container, task.taskArn ?? '');
    const lines = stream ? await lastLines(await clients.logs(), stream, LOG_LINES) : [];
    const found = recogniseCrash(lines);
    if (!found) continue;
    const { error, message: sentence, remedy } = new LockstepError(found.error, found.data);
    return { error, sentence, remedy };
  }
  return null;
}
