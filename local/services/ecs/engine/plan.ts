/**
 * What a service does next, as a pure decision: how many tasks of the primary deployment to start and which tasks
 * to stop. It is asked again after everything that happens, and answers with no change when there is nothing to do.
 */
export interface TaskView {
  readonly arn: string;
  /** Whether it belongs to the primary deployment. */
  readonly primary: boolean;
  /** Running and found in order by all that check it. */
  readonly healthy: boolean;
  /** Found out of order, the grace period over. A task that has not answered yet is neither. */
  readonly failing: boolean;
  readonly createdAt: number;
}

export interface Wanted {
  readonly desired: number;
  readonly minimumPercent: number;
  readonly maximumPercent: number;
  /** `later` while failed starts are followed by a pause, `never` once the deployment has failed. */
  readonly launch: 'now' | 'later' | 'never';
}

export interface Plan {
  readonly start: number;
  readonly stop: readonly { readonly arn: string; readonly why: 'surplus' | 'failing' | 'old' }[];
}

/** `tasks` are those that are meant to run; what is already being stopped counts for nothing. */
export function plan(wanted: Wanted, tasks: readonly TaskView[]): Plan {
  const most = Math.floor((wanted.desired * wanted.maximumPercent) / 100);
  const least = Math.ceil((wanted.desired * wanted.minimumPercent) / 100);
  const stop: { arn: string; why: 'surplus' | 'failing' | 'old' }[] = [];

  const own = tasks.filter((task) => task.primary);
  const others = tasks.filter((task) => !task.primary);
  const failing = own.filter((task) => task.failing).sort(oldestFirst);
  const good = own.filter((task) => !task.failing).sort(healthyThenOldest);
  for (const task of good.splice(wanted.desired)) stop.push({ arn: task.arn, why: 'surplus' });

  const missing = wanted.desired - good.length;
  const room = Math.max(0, most - (tasks.length - stop.length));
  const start = wanted.launch === 'now' ? Math.min(missing, room) : 0;
  const healthyOwn = good.filter((task) => task.healthy).length;

  // A failing task keeps its place until its replacement is healthy, unless there is no room for both.
  const satisfied = healthyOwn >= wanted.desired || wanted.launch === 'never';
  const outOfRoom = Math.max(0, missing - room);
  for (const task of failing.slice(0, satisfied ? failing.length : outOfRoom)) {
    stop.push({ arn: task.arn, why: 'failing' });
  }

  // Others that serve nobody may go at any time; those that do only as far as enough healthy ones remain.
  const idle = others.filter((task) => !task.healthy);
  const serving = others.filter((task) => task.healthy).sort(oldestFirst);
  if (wanted.launch !== 'never') for (const task of idle) stop.push({ arn: task.arn, why: 'old' });
  const spare = healthyOwn + serving.length - least;
  const replaced = serving.length - (wanted.desired - healthyOwn);
  const makeRoom = wanted.launch === 'now' ? outOfRoom - idle.length : 0;
  const going = Math.min(serving.length, spare, Math.max(replaced, makeRoom));
  for (const task of serving.slice(0, Math.max(0, going))) stop.push({ arn: task.arn, why: 'old' });

  return { start, stop };
}

function oldestFirst(a: TaskView, b: TaskView): number {
  return a.createdAt - b.createdAt;
}

function healthyThenOldest(a: TaskView, b: TaskView): number {
  return Number(b.healthy) - Number(a.healthy) || oldestFirst(a, b);
}
