/** Joins scheduler, tasks and runtime: makes tasks, keeps those that run, and tells the scheduler what happens. */
import { randomUUID } from 'node:crypto';
import type * as ecs from '@aws-sdk/client-ecs';
import type { RunningTask, Runtime } from '../../../runtimes/runtime.ts';
import type { Agent } from '../agent.ts';
import { arn, nameOf, taskId } from '../arns.ts';
import type { Deployment, StoredService, Task, TaskDefinition } from '../model.ts';
import type { State } from '../state.ts';
import { say, sayDraining } from './events.ts';
import { cannotAssume } from './resources.ts';
import { Scheduler } from './scheduler.ts';
import { TaskRun } from './task-run.ts';
import { Utilization } from './utilization.ts';

export interface NewTask {
  readonly definition: TaskDefinition;
  readonly clusterArn: string;
  readonly group: string;
  readonly startedBy?: string | undefined;
  readonly serviceArn?: string | undefined;
  readonly revision?: string | undefined;
  readonly platformVersion: string;
  readonly overrides: ecs.TaskOverride;
  readonly network?: ecs.NetworkConfiguration | undefined;
  readonly enableExecuteCommand: boolean;
  readonly tags: ecs.Tag[];
}

export class Engine {
  readonly scheduler: Scheduler;
  private readonly state: State;
  private readonly agent: Agent;
  private readonly runtime: Runtime;
  private readonly runs = new Map<string, TaskRun>();
  private readonly utilization: Utilization;
  private unwatch: () => void = () => {};
  private closed = false;

  constructor(state: State, agent: Agent, runtime: Runtime) {
    this.state = state;
    this.agent = agent;
    this.runtime = runtime;
    this.scheduler = new Scheduler(state, {
      launch: (service, deployment, count) => this.launchFor(service, deployment, count),
      stop: (task, stopCode, reason) => this.stop(task.arn, stopCode, reason),
    });
    this.utilization = new Utilization(state, (task) => this.runs.get(task.arn)?.running);
    agent.running = (task) => this.runs.get(task.arn)?.running;
  }

  async start(): Promise<void> {
    const { world, tasks } = this.state;
    await this.runtime.open();
    // Whatever ran when the embedded AWS ended is gone; its services start new tasks.
    for (const task of tasks.values()) {
      if (task.lastStatus === 'STOPPED' || this.runs.has(task.arn)) continue;
      task.desiredStatus = 'STOPPED';
      task.lastStatus = 'STOPPED';
      task.stopCode = 'TerminationNotice';
      task.stoppedReason = 'The embedded AWS was stopped while this task ran.';
      task.stoppedAt = world.clock.now();
      for (const container of task.containers) container.lastStatus = 'STOPPED';
      tasks.set(task.arn, task);
    }
    for (const service of this.state.services.values()) {
      service.steady = false;
      this.state.services.set(service.arn, service);
    }
    this.unwatch = world.ports.targets.watch((group, target) => this.targetChanged(group, target));
    this.scheduler.start();
    this.utilization.start();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.unwatch();
    this.scheduler.stop();
    this.utilization.stop();
    await this.runtime.close();
  }

  running(taskArn: string): RunningTask | undefined {
    return this.runs.get(taskArn)?.running;
  }

  stop(taskArn: string, stopCode: NonNullable<Task['stopCode']>, reason: string): void {
    void this.runs.get(taskArn)?.stop(stopCode, reason);
  }

  /** Makes a task and lets it run. It is PROVISIONING when this returns. */
  launch(wanted: NewTask): Task {
    const { state } = this;
    const { world } = state;
    const { definition, overrides } = wanted;
    const id = taskId();
    const cluster = nameOf(wanted.clusterArn);
    const subnets = wanted.network?.awsvpcConfiguration?.subnets ?? [];
    const zone = state.tasks.values().length % 2;
    const task: Task = {
      arn: arn(world, `task/${cluster}/${id}`),
      id,
      clusterArn: wanted.clusterArn,
      taskDefinition: definition.arn,
      group: wanted.group,
      serviceArn: wanted.serviceArn,
      revision: wanted.revision,
      startedBy: wanted.startedBy,
      launchType: 'FARGATE',
      platformVersion: wanted.platformVersion,
      cpu: overrides.cpu ?? definition.body.cpu,
      memory: overrides.memory ?? definition.body.memory,
      overrides,
      enableExecuteCommand: wanted.enableExecuteCommand,
      subnet: subnets[zone % Math.max(1, subnets.length)],
      availabilityZone: `${world.region}${zone === 0 ? 'a' : 'b'}`,
      attachmentId: randomUUID(),
      tags: wanted.tags,
      version: 1,
      desiredStatus: 'RUNNING',
      lastStatus: 'PROVISIONING',
      containers: definition.body.containerDefinitions.map((container) => ({
        name: container.name ?? '',
        arn: arn(world, `container/${cluster}/${id}/${randomUUID()}`),
        image: container.image ?? '',
        lastStatus: 'PENDING',
        healthStatus: 'UNKNOWN',
        essential: container.essential ?? true,
        hasHealthCheck: container.healthCheck !== undefined && container.healthCheck.command?.[0] !== 'NONE',
      })),
      createdAt: world.clock.now(),
      reachedRunning: false,
      failureCounted: false,
      targets: [],
    };
    state.tasks.set(task.arn, task);
    const run = new TaskRun(task, definition, {
      state,
      runtime: this.runtime,
      agent: this.agent,
      activate: (one, running) => this.activate(one, running),
      draining: (one) => this.draining(one),
      isClosing: () => this.closed,
      changed: (one) => this.changed(one),
    });
    this.runs.set(task.arn, run);
    void run.run().then(() => {
      this.runs.delete(task.arn);
      this.agent.forget(task);
    });
    return task;
  }

  private launchFor(service: StoredService, deployment: Deployment, count: number): Task[] {
    const revision = this.state.revision(deployment.revision);
    const definition = this.state.taskDefinition(revision.taskDefinition);
    const role = definition.body.executionRoleArn;
    if (role && !this.state.world.ports.iam.trusts(role, 'ecs-tasks.amazonaws.com')) {
      say(this.state, service, `failed to launch a task with (error ${cannotAssume(role)})`);
    }
    return Array.from({ length: count }, () =>
      this.launch({
        definition,
        clusterArn: service.clusterArn,
        group: `service:${service.name}`,
        startedBy: deployment.id,
        serviceArn: service.arn,
        revision: revision.arn,
        platformVersion: revision.platformVersion,
        overrides: {},
        network: revision.networkConfiguration,
        enableExecuteCommand: service.enableExecuteCommand,
        tags: this.tagsFor(service, definition),
      }),
    );
  }

  private tagsFor(service: StoredService, definition: TaskDefinition): ecs.Tag[] {
    const tags = service.enableECSManagedTags
      ? [
          { key: 'aws:ecs:clusterName', value: nameOf(service.clusterArn) },
          { key: 'aws:ecs:serviceName', value: service.name },
        ]
      : [];
    if (service.propagateTags === 'SERVICE') tags.push(...(service.tags as { key: string; value: string }[]));
    if (service.propagateTags === 'TASK_DEFINITION')
      tags.push(...(definition.tags as { key: string; value: string }[]));
    return tags;
  }

  private activate(task: Task, running: RunningTask): void {
    const service = task.serviceArn ? this.state.services.get(task.serviceArn) : undefined;
    if (!service || !task.revision) return;
    for (const { targetGroupArn, containerPort } of this.state.revision(task.revision).loadBalancers) {
      if (!targetGroupArn || !containerPort || !this.state.world.ports.targets.exists(targetGroupArn))
        continue;
      const { host, port } = running.reach(containerPort);
      task.targets.push({ group: targetGroupArn, id: host, port });
      this.state.world.ports.targets.register(targetGroupArn, { id: host, port }, running.answer);
      say(this.state, service, `registered 1 targets in (target-group ${targetGroupArn})`);
    }
    this.state.services.set(service.arn, service);
  }

  private draining(task: Task): void {
    const service = task.serviceArn ? this.state.services.get(task.serviceArn) : undefined;
    if (!service) return;
    for (const { group } of task.targets) {
      say(this.state, service, `deregistered 1 targets in (target-group ${group})`);
    }
    sayDraining(this.state, service, task.startedBy ?? '', 1);
    this.state.services.set(service.arn, service);
  }

  private changed(task: Task): void {
    if (this.closed) return;
    const service = task.serviceArn ? this.state.services.get(task.serviceArn) : undefined;
    if (!service) return;
    if (task.lastStatus === 'RUNNING' || task.lastStatus === 'ACTIVATING') this.pinDigests(task);
    if (task.lastStatus === 'STOPPED') this.scheduler.stopped(service, task);
    this.scheduler.wake(service.arn);
  }

  /** The digests that a revision's first task has pulled are those of all its tasks. */
  private pinDigests(task: Task): void {
    const revision = task.revision ? this.state.revision(task.revision) : undefined;
    if (!revision || revision.containerImages.every((image) => image.imageDigest)) return;
    for (const image of revision.containerImages) {
      image.imageDigest ??= task.containers.find(({ name }) => name === image.containerName)?.imageDigest;
    }
    this.state.serviceRevisions.set(revision.arn, revision);
  }

  private targetChanged(group: string, target: { id: string; port: number }): void {
    for (const { task } of this.runs.values()) {
      if (!task.serviceArn) continue;
      if (
        task.targets.some((one) => one.group === group && one.id === target.id && one.port === target.port)
      ) {
        this.scheduler.wake(task.serviceArn);
      }
    }
  }
}
