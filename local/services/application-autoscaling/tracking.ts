/** Looks at the tracked metrics once a minute and scales, as long as there is a policy. */
import type { Timer } from '../../clock.ts';
import type { Statistics } from '../../ports.ts';
import type { World } from '../../service.ts';
import { decideScaling, IN_MINUTES, type Reading } from './decide.ts';
import { type Activity, type Policy, type ScalableTarget, type Scaling, serviceOf } from './model.ts';

const MINUTE_MS = 60_000;

export class Tracking {
  private readonly world: World;
  private readonly scaling: Scaling;
  private timer: Timer | undefined;
  private started = false;

  constructor(world: World, scaling: Scaling) {
    this.world = world;
    this.scaling = scaling;
  }

  start(): void {
    this.started = true;
    for (const target of this.scaling.all()) this.keepWithin(target);
    this.schedule();
  }

  stop(): void {
    this.started = false;
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** A target whose bounds have changed brings its service within them at once. */
  keepWithin(target: ScalableTarget): void {
    const counts = this.counts(target);
    if (!this.started || !counts || target.suspended.scheduled) return;
    if (counts.desired < target.min) {
      this.scaling.scale(target, target.min, counts.desired, `minimum capacity was set to ${target.min}`);
    } else if (counts.desired > target.max) {
      this.scaling.scale(target, target.max, counts.desired, `maximum capacity was set to ${target.max}`);
    }
  }

  schedule(): void {
    if (this.timer || !this.started || this.scaling.policiesOf().length === 0) return;
    const delay = MINUTE_MS - (this.world.clock.now() % MINUTE_MS);
    this.timer = this.world.clock.after(delay, () => {
      this.timer = undefined;
      void this.world.clock.during(this.evaluate()).finally(() => this.schedule());
    });
  }

  private async evaluate(): Promise<void> {
    for (const target of this.scaling.all()) {
      try {
        await this.track(target);
      } catch (error) {
        this.world.say(`application-autoscaling: ${target.resourceId}: ${(error as Error).message}`);
      }
    }
  }

  private async track(target: ScalableTarget): Promise<void> {
    const policies = this.scaling.policiesOf(target.resourceId);
    const counts = this.counts(target);
    // A service that was set to nothing stays there until somebody sets it to something.
    if (policies.length === 0 || !counts || counts.desired === 0) return;
    const activities = this.scaling.activitiesOf(target.resourceId);
    const decision = decideScaling(
      policies.map((policy) => this.reading(policy, target, counts.running)),
      {
        current: counts.desired,
        min: target.min,
        max: target.max,
        suspendedIn: target.suspended.in,
        suspendedOut: target.suspended.out,
        deploying: await this.isDeploying(target),
        sinceOut: this.since(activities.find((activity) => activity.direction === 'out')),
        sinceAny: this.since(activities[0]),
      },
    );
    if (!decision) return;
    const alarm = `TargetTracking-${target.resourceId}-${decision.alarm}`;
    const cause = `monitor alarm ${alarm} in state ALARM triggered policy ${decision.policy}`;
    this.scaling.scale(target, decision.desired, counts.desired, cause);
  }

  private since(activity: Activity | undefined): number {
    return activity ? (this.world.clock.now() - activity.at) / 1000 : Number.POSITIVE_INFINITY;
  }

  private counts(target: ScalableTarget) {
    const { cluster, service } = serviceOf(target.resourceId);
    return this.world.ports.ecs.service(cluster, service);
  }

  private async isDeploying(target: ScalableTarget): Promise<boolean> {
    const { cluster, service } = serviceOf(target.resourceId);
    // Application Auto Scaling has a role of its own for this, whose policy nobody can change.
    const principal = { arn: `arn:aws:iam::${this.world.account}:root` };
    const input = { cluster, services: [service] };
    const answer = await this.world.ports.dispatch.call('ecs', 'DescribeServices', input, principal);
    const [found] = answer['services'] as readonly { deployments?: readonly { rolloutState?: string }[] }[];
    return (found?.deployments ?? []).some((deployment) => deployment.rolloutState === 'IN_PROGRESS');
  }

  private reading(policy: Policy, target: ScalableTarget, running: number): Reading {
    const now = this.world.clock.now();
    const end = now - (now % MINUTE_MS);
    return {
      policy: policy.name,
      target: policy.target,
      outCooldown: policy.outCooldown,
      inCooldown: policy.inCooldown,
      disableScaleIn: policy.disableScaleIn,
      minutes: Array.from({ length: IN_MINUTES }, (_, index) =>
        this.value(policy, target, running, end - (index + 1) * MINUTE_MS),
      ),
    };
  }

  /** The metric of one minute. */
  private value(policy: Policy, target: ScalableTarget, running: number, from: number): number | undefined {
    const { metric } = policy;
    const { cluster, service } = serviceOf(target.resourceId);
    const ask = (namespace: string, name: string, dimensions: Readonly<Record<string, string>>) =>
      this.world.ports.metrics.statistics({ namespace, name, dimensions }, from, from + MINUTE_MS);
    switch (metric.kind) {
      case 'cpu':
      case 'memory': {
        const name = metric.kind === 'cpu' ? 'CPUUtilization' : 'MemoryUtilization';
        return average(ask('AWS/ECS', name, { ClusterName: cluster, ServiceName: service }));
      }
      case 'requests': {
        const [, LoadBalancer = '', TargetGroup = ''] = /^(.+)\/(targetgroup\/.+)$/.exec(metric.label) ?? [];
        const requests = ask('AWS/ApplicationELB', 'RequestCount', { LoadBalancer, TargetGroup });
        // A minute without requests has no value, and so it neither scales out nor in, as with AWS.
        return requests && requests.sum / Math.max(1, running);
      }
      case 'custom': {
        const found = ask(metric.namespace, metric.name, metric.dimensions);
        return found && statistic(found, metric.statistic);
      }
    }
  }
}

function average(statistics: Statistics | undefined): number | undefined {
  return statistics && statistics.sum / statistics.count;
}

function statistic(found: Statistics, name: string): number | undefined {
  switch (name) {
    case 'Sum':
      return found.sum;
    case 'Minimum':
      return found.minimum;
    case 'Maximum':
      return found.maximum;
    case 'SampleCount':
      return found.count;
    default:
      return average(found);
  }
}
