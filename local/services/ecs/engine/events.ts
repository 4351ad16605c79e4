/** What ECS tells EventBridge, and what it says in the service's own list of events. */
import { randomUUID } from 'node:crypto';
import type { Deployment, StoredService, Task } from '../model.ts';
import { showTask } from '../show-task.ts';
import type { State } from '../state.ts';

const SOURCE = 'aws.ecs';
/** DescribeServices shows the last hundred. */
const EVENTS_STAY = 100;

/** Adds a message to the service's events. `text` comes after `(service NAME) `. */
export function say(state: State, service: StoredService, text: string): void {
  tell(state, service, `(service ${service.name}) ${text}`);
}

/** The one message whose parenthesis names the deployment too. */
export function sayDraining(state: State, service: StoredService, deployment: string, tasks: number): void {
  tell(
    state,
    service,
    `(service ${service.name}, taskSet ${deployment}) has begun draining connections on ${tasks} tasks.`,
  );
}

function tell(state: State, service: StoredService, message: string): void {
  service.events.unshift({ id: randomUUID(), createdAt: state.world.clock.now(), message });
  service.events.length = Math.min(service.events.length, EVENTS_STAY);
}

export function taskChanged(state: State, task: Task): void {
  const shown = showTask(task, state.taskDefinitions.get(task.taskDefinition));
  const detail = JSON.parse(JSON.stringify({ ...shown, updatedAt: new Date(state.world.clock.now()) }));
  state.world.ports.events.emit({
    source: SOURCE,
    detailType: 'ECS Task State Change',
    resources: [task.arn],
    detail,
  });
}

export function deploymentChanged(
  state: State,
  service: StoredService,
  deployment: Deployment,
  name: 'SERVICE_DEPLOYMENT_IN_PROGRESS' | 'SERVICE_DEPLOYMENT_COMPLETED' | 'SERVICE_DEPLOYMENT_FAILED',
  reason: string,
): void {
  state.world.ports.events.emit({
    source: SOURCE,
    detailType: 'ECS Deployment State Change',
    resources: [service.arn],
    detail: {
      eventType: name === 'SERVICE_DEPLOYMENT_FAILED' ? 'ERROR' : 'INFO',
      eventName: name,
      clusterArn: service.clusterArn,
      deploymentId: deployment.id,
      updatedAt: new Date(state.world.clock.now()).toISOString(),
      reason,
    },
  });
}

export function serviceAction(
  state: State,
  service: StoredService,
  eventType: 'INFO' | 'WARN' | 'ERROR',
  eventName: 'SERVICE_STEADY_STATE' | 'SERVICE_TASK_START_IMPAIRED',
): void {
  state.world.ports.events.emit({
    source: SOURCE,
    detailType: 'ECS Service Action',
    resources: [service.arn],
    detail: {
      eventType,
      eventName,
      clusterArn: service.clusterArn,
      createdAt: new Date(state.world.clock.now()).toISOString(),
    },
  });
}
