/**
 * Keeps each service at what it is meant to be. Driven by events only: whatever happens to a task, a target, a
 * timer or the service's settings wakes its service, and the service is then looked at once, as a whole: hence the length.
 */
import type { Timer } from '../../../clock.ts';
import { nameOf } from '../arns.ts';
import type { Deployment, StoredService, Task } from '../model.ts';
import type { State } from '../state.ts';
import { type Condition, conditionOf, failureReason } from './condition.ts';
import { say, serviceAction } from './events.ts';
import { countFailure, judge, note } from './evidence.ts';
import { type Plan, plan } from './plan.ts';
import { settle } from './settle.ts';

/** The pause after the first failed start; it doubles with each further one, up to the longest. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 900_000;
/** After so many failed starts in a row ECS says that something is wrong. */
const IMPAIRED_AFTER = 4;
/** How often the alarms of a deployment are looked at. */
const ALARMS_EVERY_MS = 10_000;

export interface Hands {
  /** Starts that many tasks of the service's primary deployment, and returns them. */
  launch(service: StoredService, deployment: Deployment, count: number): Task[];
  stop(task: Task, stopCode: NonNullable<Task['stopCode']>, reason: string): void;
}

interface Memory {
  timer: Timer | undefined;
  /** Starts in a row that failed, and when the next may be tried. */
  failures: number;
  pausedUntil: number;
}

export class Scheduler {
  private readonly state: State;
  private readonly hands: Hands;
  private readonly memories = new Map<string, Memory>();
  private readonly woken = new Map<string, Timer>();
  private open = false;

  constructor(state: State, hands: Hands) {
    this.state = state;
    this.hands = hands;
  }

  start(): void {
    this.open = true;
    for (const service of this.state.services.values()) this.wake(service.arn);
  }

  stop(): void {
    this.open = false;
    for (const timer of this.woken.values()) timer.cancel();
    for (const memory of this.memories.values()) memory.timer?.cancel();
    this.woken.clear();
  }

  /** The service will be looked at in the next turn, once, however often it is woken until then. */
  wake(serviceArn: string): void {
    if (!this.open || this.woken.has(serviceArn)) return;
    const look = () => {
      this.woken.delete(serviceArn);
      this.look(serviceArn);
    };
    this.woken.set(serviceArn, this.state.world.clock.after(0, look));
  }

  /** Forgets failed starts: after whoever runs the service has changed it. */
  forgive(serviceArn: string): void {
    const memory = this.memory(serviceArn);
    memory.failures = 0;
    memory.pausedUntil = 0;
  }

  /** A task of a service has stopped by itself or could not be started. */
  stopped(service: StoredService, task: Task): void {
    if (task.stopCode !== 'TaskFailedToStart' && task.stopCode !== 'EssentialContainerExited') return;
    const memory = this.memory(service.arn);
    if (!task.reachedRunning) {
      if (task.stopCode === 'TaskFailedToStart') {
        say(this.state, service, `was unable to place a task. Reason: ${task.stoppedReason}`);
      }
      countFailure(this.state, service, task);
    }
    // Tasks that were started together and fail together are one failed try.
    if (this.state.world.clock.now() < memory.pausedUntil) return;
    memory.failures++;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(20, memory.failures - 1));
    memory.pausedUntil = this.state.world.clock.now() + pause;
    if (memory.failures === IMPAIRED_AFTER) {
      say(
        this.state,
        service,
        'is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
      );
      serviceAction(this.state, service, 'WARN', 'SERVICE_TASK_START_IMPAIRED');
    }
  }

  private look(serviceArn: string): void {
    const service = this.state.services.get(serviceArn);
    if (!service || service.status === 'INACTIVE' || !this.open) return;
    const memory = this.memory(serviceArn);
    memory.timer?.cancel();
    memory.timer = undefined;
    const tasks = this.state.serviceTasks(serviceArn);
    if (service.status === 'DRAINING') this.drain(service, tasks);
    else this.reconcile(service, tasks, memory);
    this.state.services.set(serviceArn, service);
  }

  private drain(service: StoredService, tasks: readonly Task[]): void {
    for (const task of tasks) {
      if (task.desiredStatus === 'RUNNING') {
        this.hands.stop(
          task,
          'ServiceSchedulerInitiated',
          `Scaling activity initiated by (deployment ${task.startedBy})`,
        );
      }
    }
    if (tasks.length > 0) return;
    service.status = 'INACTIVE';
    service.deployments = [];
  }

  private reconcile(service: StoredService, tasks: readonly Task[], memory: Memory): void {
    const { world } = this.state;
    this.begun(service);
    const live = tasks.filter((task) => task.desiredStatus === 'RUNNING');
    const conditions = new Map(live.map((task) => [task, conditionOf(world, service, task)] as const));
    for (const [task, condition] of conditions) {
      if (note(this.state, service, task, condition)) {
        memory.failures = 0;
        memory.pausedUntil = 0;
      }
    }
    if (judge(this.state, service)) this.forgive(service.arn);

    const primary = service.deployments[0];
    if (!primary) return;
    const views = live.map((task) => ({
      arn: task.arn,
      primary: task.startedBy === primary.id,
      healthy: conditions.get(task)?.healthy ?? false,
      failing: conditions.get(task)?.failing !== undefined,
      createdAt: task.createdAt,
    }));
    const next = plan(
      {
        desired: service.desiredCount,
        minimumPercent: service.deploymentConfiguration.minimumHealthyPercent ?? 100,
        maximumPercent: service.deploymentConfiguration.maximumPercent ?? 200,
        launch: this.launch(primary, memory),
      },
      views,
    );
    this.act(service, primary, live, conditions, next);

    if (next.start === 0 && next.stop.length === 0) settle(this.state, service, primary, tasks, views);
    this.forgetDeployments(service);
    this.lookAgain(service, primary, conditions, memory);
  }

  private launch(primary: Deployment, memory: Memory): 'now' | 'later' | 'never' {
    if (primary.rolloutState === 'FAILED') return 'never';
    return memory.pausedUntil > this.state.world.clock.now() ? 'later' : 'now';
  }

  private begun(service: StoredService): void {
    const current = this.state.serviceDeployments.get(service.currentServiceDeployment ?? '');
    if (current?.status !== 'PENDING') return;
    current.status = 'IN_PROGRESS';
    current.startedAt = this.state.world.clock.now();
    current.updatedAt = current.startedAt;
    this.state.serviceDeployments.set(current.arn, current);
  }

  private act(
    service: StoredService,
    primary: Deployment,
    live: readonly Task[],
    conditions: ReadonlyMap<Task, Condition>,
    next: Plan,
  ): void {
    if (next.start > 0) {
      const started = this.hands.launch(service, primary, next.start);
      say(this.state, service, `has started ${started.length} tasks: ${listed(started)}.`);
      service.steady = false;
    }
    const stopping = next.stop.flatMap(({ arn, why }) => {
      const task = live.find((one) => one.arn === arn);
      return task ? [{ task, why }] : [];
    });
    if (stopping.length === 0) return;
    service.steady = false;
    say(
      this.state,
      service,
      `has stopped ${stopping.length} running tasks: ${listed(stopping.map(({ task }) => task))}.`,
    );
    for (const { task, why } of stopping) {
      const failing = why === 'failing' ? conditions.get(task)?.failing : undefined;
      const reason = failing
        ? failureReason(failing)
        : `Scaling activity initiated by (deployment ${primary.id})`;
      this.hands.stop(task, 'ServiceSchedulerInitiated', reason);
    }
  }

  /** Older deployments are shown until the last of their tasks is gone. */
  private forgetDeployments(service: StoredService): void {
    const tasks = this.state.serviceTasks(service.arn);
    service.deployments = service.deployments.filter(
      (one) => one.status === 'PRIMARY' || tasks.some((task) => task.startedBy === one.id),
    );
  }

  /** One timer for whatever time alone will change. */
  private lookAgain(
    service: StoredService,
    primary: Deployment,
    conditions: ReadonlyMap<Task, Condition>,
    memory: Memory,
  ): void {
    const now = this.state.world.clock.now();
    const times = [...conditions.values()].flatMap(({ changesAt }) => changesAt ?? []);
    if (memory.pausedUntil > now) times.push(memory.pausedUntil);
    if (primary.rolloutState === 'IN_PROGRESS') {
      if (service.deploymentConfiguration.alarms?.enable) times.push(now + ALARMS_EVERY_MS);
      const current = this.state.serviceDeployments.get(service.currentServiceDeployment ?? '');
      const minutes = service.deploymentConfiguration.bakeTimeInMinutes ?? 0;
      if (current?.bakingSince !== undefined) times.push(current.bakingSince + minutes * 60_000);
    }
    if (times.length === 0) return;
    memory.timer = this.state.world.clock.after(Math.max(0, Math.min(...times) - now), () =>
      this.wake(service.arn),
    );
  }

  private memory(serviceArn: string): Memory {
    let found = this.memories.get(serviceArn);
    if (!found) {
      found = { timer: undefined, failures: 0, pausedUntil: 0 };
      this.memories.set(serviceArn, found);
    }
    return found;
  }
}

function listed(tasks: readonly Task[]): string {
  return tasks.map((task) => `(task ${nameOf(task.arn)})`).join(' ');
}
