/** All schedules of a world, and the timers at which they fire. */

import { type Expression, latestDue, nextDue, parseExpression } from '../../../core/schedule/expression.ts';
import type { Timer } from '../../clock.ts';
import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';
import type { Group, Schedule, Settings } from './model.ts';
import { Targets } from './targets.ts';

export class Schedules {
  private readonly world: World;
  private readonly schedules: Collection<Schedule>;
  private readonly groups: Collection<Group>;
  private readonly targets: Targets;
  private readonly timers = new Map<string, Timer>();
  private started = false;

  constructor(world: World) {
    this.world = world;
    const store = world.store('scheduler');
    this.schedules = store.collection<Schedule>('schedules');
    this.groups = store.collection<Group>('groups');
    this.targets = new Targets(world);
    if (!this.groups.has('default')) this.createGroup('default');
  }

  /** By group and name. */
  all(): Schedule[] {
    return this.schedules.values().sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  find(group: string, name: string): Schedule | undefined {
    return this.schedules.get(`${group}/${name}`);
  }

  get(group: string, name: string): Schedule {
    const schedule = this.find(group, name);
    if (!schedule) {
      this.group(group);
      throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, {}, 404);
    }
    return schedule;
  }

  create(settings: Settings, clientToken?: string): void {
    this.group(settings.group);
    const now = this.world.clock.now();
    this.save({
      ...settings,
      created: now,
      modified: now,
      ...(clientToken === undefined ? {} : { clientToken }),
    });
  }

  /** A changed schedule counts from now: what it fired for before does not matter any more. */
  update(settings: Settings): void {
    const { created } = this.get(settings.group, settings.name);
    this.save({ ...settings, created, modified: this.world.clock.now() });
  }

  delete(group: string, name: string): void {
    const key = `${group}/${name}`;
    this.timers.get(key)?.cancel();
    this.timers.delete(key);
    this.schedules.delete(key);
  }

  allGroups(): Group[] {
    return this.groups.values().sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  group(name: string): Group {
    const group = this.groups.get(name);
    if (!group) {
      throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, {}, 404);
    }
    return group;
  }

  hasGroup(name: string): boolean {
    return this.groups.has(name);
  }

  createGroup(name: string, tags: Readonly<Record<string, string>> = {}): void {
    const now = this.world.clock.now();
    this.groups.set(name, { name, created: now, modified: now, tags });
  }

  saveGroup(group: Group): void {
    this.groups.set(group.name, group);
  }

  deleteGroup(name: string): void {
    for (const schedule of this.all()) if (schedule.group === name) this.delete(name, schedule.name);
    this.groups.delete(name);
  }

  start(): void {
    this.started = true;
    for (const schedule of this.all()) {
      this.makeUp(schedule);
      const still = this.schedules.get(keyOf(schedule));
      if (still) this.arm(still);
    }
  }

  stop(): void {
    this.started = false;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    this.targets.stop();
  }

  private save(schedule: Schedule): void {
    this.schedules.set(keyOf(schedule), schedule);
    this.arm(schedule);
  }

  /**
   * Of the times that were missed while the embedded AWS was off, the latest is made up for, as long as the target's
   * retry policy would have kept trying: to the target it is as if the delivery had been late.
   */
  private makeUp(schedule: Schedule): void {
    const expression = parseExpression(schedule.expression, 'any');
    if (!expression || schedule.state === 'DISABLED') return;
    const now = this.world.clock.now();
    const oldest = now - schedule.target.maxAge * 1000;
    const from = Math.max(this.firedUntil(schedule), oldest, (schedule.startDate ?? 0) - 1);
    const to = Math.min(now, schedule.endDate ?? now);
    if (to <= from) return;
    const missed = latestDue(expression, from, to, this.due(schedule));
    if (missed !== undefined) this.fire(schedule, missed);
  }

  private arm(schedule: Schedule): void {
    const key = keyOf(schedule);
    this.timers.get(key)?.cancel();
    this.timers.delete(key);
    const expression = parseExpression(schedule.expression, 'any');
    if (!this.started || !expression || schedule.state === 'DISABLED') return;
    const next = this.next(schedule, expression);
    if (next === undefined) {
      this.complete(schedule);
      return;
    }
    const timer = this.world.clock.after(next - this.world.clock.now(), () => {
      const current = this.schedules.get(key);
      if (!current) return;
      this.fire(current, next);
      const still = this.schedules.get(key);
      if (still) this.arm(still);
    });
    this.timers.set(key, timer);
  }

  /** The next time that has not been fired for, within the schedule's dates. */
  private next(schedule: Schedule, expression: Expression): number | undefined {
    // A new rate is due at once: its first time is the moment at which it was made, which is not after itself.
    const fresh = schedule.fired === undefined && expression.kind === 'rate';
    const now = fresh ? schedule.modified - 1 : this.world.clock.now();
    const after = Math.max(now, this.firedUntil(schedule), (schedule.startDate ?? 0) - 1);
    const next = nextDue(expression, after, this.due(schedule));
    return next !== undefined && next > (schedule.endDate ?? Number.POSITIVE_INFINITY) ? undefined : next;
  }

  private firedUntil(schedule: Schedule): number {
    return schedule.fired ?? schedule.modified - 1;
  }

  private due(schedule: Schedule) {
    return { zone: schedule.timeZone, anchor: schedule.startDate ?? schedule.modified };
  }

  private fire(schedule: Schedule, scheduled: number): void {
    const fired = { ...schedule, fired: scheduled };
    this.schedules.set(keyOf(schedule), fired);
    this.targets.call(fired, scheduled);
  }

  /** A schedule that will never be due again goes, where it says so. */
  private complete(schedule: Schedule): void {
    if (schedule.afterCompletion === 'DELETE' && schedule.fired !== undefined) {
      this.delete(schedule.group, schedule.name);
    }
  }
}

function keyOf(schedule: Pick<Schedule, 'group' | 'name'>): string {
  return `${schedule.group}/${schedule.name}`;
}
