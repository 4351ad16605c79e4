/** What AWS says of a service at this moment: its tasks and targets, and how it has answered in the last three hours. */
import type { Service, Task } from '@aws-sdk/client-ecs';
import { alarmsInAlarm } from '../../aws/cloudwatch.ts';
import { describeService } from '../../aws/ecs.ts';
import { elbNames, targetsOf } from '../../aws/elb.ts';
import { readSeries } from '../../aws/metrics.ts';
import { addressOf, checkedTasks, taskId, tasksOf } from '../../aws/tasks.ts';
import { judgeCheck } from '../../core/check.ts';
import { LockstepError } from '../../core/errors.ts';
import { type Axis, questionsOf, type Series } from '../../core/metrics.ts';
import { mergeTargets, type TargetSeen } from '../../core/observation.ts';
import { type Running, revisionOf, type Settings } from '../../core/plan.ts';
import type { ServiceFacts, Spark } from '../model/now.ts';
import type { Part } from '../model/parts.ts';
import { plural } from './names.ts';
import type { Place } from './place.ts';
import { partOf, unknown } from './problem.ts';

const HOURS = 3;
const PERIOD = 300;

interface Looked {
  readonly service: Service;
  readonly tasks: readonly Task[];
  readonly targets: readonly TargetSeen[] | null;
  readonly groups: readonly string[];
}

/** What the journal knows of it: when it was given another revision, and what it runs. */
interface Journaled {
  readonly releases: readonly string[];
  readonly running: Running | null;
}

export async function factsOf(
  place: Place,
  name: string,
  settings: Settings,
  { releases, running }: Journaled,
  now: number,
): Promise<ServiceFacts> {
  const looked = await partOf('tasks', () => look(place, settings));
  const from = Math.floor(now / 1000 / PERIOD) * PERIOD * 1000 - HOURS * 3_600_000 + PERIOD * 1000;
  const axis = { from, periodSeconds: PERIOD, periods: (HOURS * 3600) / PERIOD };
  const [series, alarms] = await Promise.all([
    looked.known ? partOf('metrics', () => seriesOf(place, settings, looked.value.groups, axis)) : looked,
    partOf('alarms', async () => alarmsInAlarm(await place.clients.cloudwatch(), settings.health.alarms)),
  ]);
  const recent = releases.filter((at) => Date.parse(at) >= axis.from);
  return {
    environment: place.environmentName,
    service: name,
    at: new Date(now).toISOString(),
    ...statusOf(place, name, settings, looked, running, alarms.known ? alarms.value : []),
    tasks: looked.known ? { known: true, value: tasksOfLook(looked.value) } : looked,
    latency: sparkOf('latency', series, axis, recent, (found) => found('p95') ?? null),
    errors: sparkOf('errors', series, axis, recent, (found) =>
      percentOf(found('errors5xx'), found('requests')),
    ),
  };
}

async function look(place: Place, settings: Settings): Promise<Looked> {
  const ecs = await place.clients.ecs();
  const service = await describeService(ecs, settings);
  if (!service)
    throw new LockstepError('ServiceNotFound', { service: settings.ecsService, cluster: settings.cluster });
  const groups = (service.loadBalancers ?? []).flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
  const elb = groups.length > 0 ? await place.clients.elb() : undefined;
  const [tasks, lists] = await Promise.all([
    tasksOf(ecs, settings),
    elb ? Promise.all(groups.map((group) => targetsOf(elb, group))) : [],
  ]);
  const known = lists.flatMap((list) => (list === null ? [] : [list]));
  return { service, tasks, targets: known.length > 0 ? mergeTargets(known) : null, groups };
}

async function seriesOf(
  place: Place,
  settings: Settings,
  groups: readonly string[],
  axis: Axis,
): Promise<readonly Series[]> {
  if (groups.length === 0) return [];
  const names = await elbNames(await place.clients.elb(), groups);
  const questions = questionsOf({
    cluster: settings.cluster,
    ecsService: settings.ecsService,
    ...names,
    databaseInstance: null,
  });
  const wanted = questions.filter(({ id }) => ['requests', 'errors5xx', 'p95'].includes(id));
  return readSeries(await place.clients.cloudwatch(), wanted, axis);
}

type Squares = Extract<ServiceFacts['tasks'], { known: true }>['value'];

function tasksOfLook({ service, tasks, targets }: Looked): Squares {
  const running = tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  const moving = (service.deployments ?? []).length > 1;
  const squares = running
    .toSorted((a, b) => Number(a.createdAt ?? 0) - Number(b.createdAt ?? 0))
    .map((task) => ({
      id: taskId(task.taskArn ?? ''),
      revision: revisionOf(task.taskDefinitionArn ?? ''),
      state: stateOf(task, service, targets, moving),
    }));
  const healthy = targets?.filter(({ state }) => state === 'healthy').length ?? 0;
  return {
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    squares,
    targets: targets ? `${plural(healthy, 'target')} healthy` : 'no target group',
  };
}

function stateOf(
  task: Task,
  service: Service,
  targets: readonly TargetSeen[] | null,
  moving: boolean,
): Squares['squares'][number]['state'] {
  const target = targets?.find(({ address }) => address === addressOf(task))?.state;
  const current = task.taskDefinitionArn === service.taskDefinition;
  if (task.healthStatus === 'UNHEALTHY' || target === 'unhealthy') return 'failing';
  if (task.desiredStatus === 'STOPPED' || target === 'draining') return 'draining';
  if (task.lastStatus !== 'RUNNING' || (targets && target !== 'healthy')) return 'starting';
  return moving && current ? 'new' : 'healthy';
}

/** The sentences of `lockstep check`, as far as they can be told without asking the service and its database. */
function statusOf(
  place: Place,
  name: string,
  settings: Settings,
  looked: Part<Looked>,
  running: Running | null,
  alarms: readonly string[],
): Pick<ServiceFacts, 'status' | 'problems'> {
  if (!looked.known) return { status: 'unknown', problems: [] };
  const { service, tasks, targets } = looked.value;
  if (service.desiredCount === 0 && service.runningCount === 0) return { status: 'idle', problems: [] };
  const { status, problems } = judgeCheck({
    service: name,
    environment: place.environmentName,
    cluster: settings.cluster,
    running,
    tag: null,
    since: null,
    replaced: null,
    rollout: null,
    notAsked: null,
    counts: {
      desired: service.desiredCount ?? 0,
      running: service.runningCount ?? 0,
      pending: service.pendingCount ?? 0,
    },
    scaling: null,
    tasks: checkedTasks(tasks),
    targets,
    healthAnswer: null,
    statusAnswer: null,
    database: {
      reachable: null,
      problem: null,
      connections: null,
      oldestTransaction: null,
      failedMigrations: [],
      scanned: [],
      slowest: null,
    },
    cpu: null,
    memory: null,
    size: { cpu: settings.cpu, memory: settings.memory },
    latency: null,
    errorPercent: null,
    alarms,
    recognised: null,
    last: [],
  });
  return { status, problems: problems.map(({ sentence, remedy }) => ({ sentence, remedy })) };
}

type Find = (id: string) => readonly (number | null)[] | undefined;

function sparkOf(
  part: string,
  series: Part<readonly Series[]>,
  axis: Axis,
  releases: readonly string[],
  values: (find: Find) => readonly (number | null)[] | null,
): Part<Spark> {
  if (!series.known) return { known: false, problem: { ...series.problem, part } };
  const shown = values((id) => series.value.find((one) => one.id === id)?.values);
  if (!shown) return unknown(part, 'no HTTP');
  const known = shown.filter((value) => value !== null);
  return {
    known: true,
    value: {
      from: new Date(axis.from).toISOString(),
      periodSeconds: axis.periodSeconds,
      values: shown,
      now: known.at(-1) ?? null,
      peak: known.length > 0 ? Math.max(...known) : null,
      releases,
    },
  };
}

function percentOf(
  failed: readonly (number | null)[] | undefined,
  all: readonly (number | null)[] | undefined,
): (number | null)[] | null {
  if (!failed || !all) return null;
  return all.map((requests, index) => (requests ? (100 * (failed[index] ?? 0)) / requests : null));
}
