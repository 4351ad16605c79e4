/** What the front door counts, gathered for a second and then put to CloudWatch under AWS/ApplicationELB. */
import type { Timer } from '../../clock.ts';
import type { Datum } from '../../ports.ts';
import type { World } from '../../service.ts';
import type { Outcome } from './forward.ts';
import { fullName } from './model.ts';
import type { State } from './state.ts';
import type { Targets } from './targets.ts';

const GATHER_MS = 1000;
const MINUTE_MS = 60_000;
const NAMESPACE = 'AWS/ApplicationELB';

export class Counters {
  private pending: Datum[] = [];
  private flushTimer: Timer | undefined;
  private minuteTimer: Timer | undefined;
  private readonly world: World;
  private readonly state: State;
  private readonly targets: Targets;

  constructor(state: State, targets: Targets) {
    this.world = state.world;
    this.state = state;
    this.targets = targets;
  }

  start(): void {
    const eachMinute = () => {
      this.hosts();
      this.minuteTimer = this.world.clock.after(MINUTE_MS, eachMinute);
    };
    this.minuteTimer = this.world.clock.after(MINUTE_MS, eachMinute);
  }

  stop(): void {
    this.flushTimer?.cancel();
    this.minuteTimer?.cancel();
    this.flush();
  }

  count(loadBalancerArn: string, group: string | undefined, outcome: Outcome): void {
    const balancer = { LoadBalancer: fullName(loadBalancerArn) };
    const both = group ? { ...balancer, TargetGroup: fullName(group) } : undefined;
    const add = (name: string, value: number, unit: string, dimensions: Readonly<Record<string, string>>) =>
      this.pending.push({ namespace: NAMESPACE, name, dimensions, value, unit, at: this.world.clock.now() });
    const everywhere = (name: string, value: number, unit = 'Count') => {
      add(name, value, unit, balancer);
      if (both) add(name, value, unit, both);
    };

    if (outcome.elbStatus !== 460) everywhere('RequestCount', 1);
    if (outcome.targetStatus !== undefined) {
      everywhere(`HTTPCode_Target_${Math.floor(outcome.targetStatus / 100)}XX_Count`, 1);
      if (both) add('RequestCountPerTarget', 1, 'Count', { TargetGroup: both.TargetGroup });
    }
    if (outcome.responseTime !== undefined) everywhere('TargetResponseTime', outcome.responseTime, 'Seconds');
    if (outcome.elbStatus !== undefined) {
      add(`HTTPCode_ELB_${Math.floor(outcome.elbStatus / 100)}XX_Count`, 1, 'Count', balancer);
      if (outcome.elbStatus > 500) add(`HTTPCode_ELB_${outcome.elbStatus}_Count`, 1, 'Count', balancer);
      if (outcome.elbStatus === 502) everywhere('TargetConnectionErrorCount', 1);
    }
    this.flushTimer ??= this.world.clock.after(GATHER_MS, () => this.flush());
  }

  /** How many targets of each group are healthy: once a minute, and after each change. */
  hosts(only?: string): void {
    for (const group of this.state.targetGroups.values()) {
      if (only && group.arn !== only) continue;
      const targets = this.targets.list(group.arn);
      const healthy = targets.filter((target) => target.state === 'healthy').length;
      const unhealthy = targets.filter((target) => ['initial', 'unhealthy'].includes(target.state)).length;
      for (const balancer of this.state.servedBy(group.arn)) {
        const dimensions = { LoadBalancer: fullName(balancer), TargetGroup: fullName(group.arn) };
        this.world.ports.metrics.put([
          { namespace: NAMESPACE, name: 'HealthyHostCount', dimensions, value: healthy, unit: 'Count' },
          { namespace: NAMESPACE, name: 'UnHealthyHostCount', dimensions, value: unhealthy, unit: 'Count' },
        ]);
      }
    }
  }

  private flush(): void {
    this.flushTimer = undefined;
    if (this.pending.length === 0) return;
    const data = this.pending;
    this.pending = [];
    this.world.ports.metrics.put(data);
  }
}
