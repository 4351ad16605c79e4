/**
 * The registered targets of every group: their health, which of them takes the next request, and how they leave.
 *
 * A target is checked at once when it is registered; one success makes it healthy, as with an Application Load
 * Balancer. While it has never been healthy it is asked again every second, where a real load balancer's several
 * nodes each ask at the interval in their own phase; only checks that are an interval apart count as failures.
 */
import type { TargetsPort } from '../../ports.ts';
import type { World } from '../../service.ts';
import { type Answer, ask } from './check.ts';
import type { TargetGroup } from './model.ts';
import type { State } from './state.ts';
import {
  type Address,
  judged,
  key,
  newTarget,
  type Registered,
  type Target,
  type TargetState,
} from './target.ts';

export type { Target } from './target.ts';

/** How soon a target that was never healthy is asked again. Milliseconds. */
const FIRST_CHECKS_EVERY = 1000;

export class Targets implements TargetsPort {
  private readonly groups = new Map<string, Map<string, Registered>>();
  private readonly turns = new Map<string, number>();
  private readonly listeners = new Set<(group: string, target: Address) => void>();
  private readonly state: State;
  private readonly world: World;
  private closed = false;

  constructor(state: State) {
    this.state = state;
    this.world = state.world;
  }

  register(group: string, address: Address, answer?: Target['answer']): void {
    this.state.targetGroup(group);
    const targets = this.of(group);
    const known = targets.get(key(address));
    if (known && known.state !== 'draining') return;
    if (known) this.remove(known);
    const target = newTarget(group, address, answer);
    targets.set(key(address), target);
    this.begin(target);
  }

  deregister(group: string, address: Address): Promise<void> {
    const target = this.of(group).get(key(address));
    if (!target) return Promise.resolve();
    if (target.state === 'draining') return target.left.promise;
    target.timer?.cancel();
    const unused = target.state === 'unused';
    this.become(target, 'draining', {
      reason: 'Target.DeregistrationInProgress',
      description: 'Target deregistration is in progress',
    });
    if (unused || target.inFlight === 0) {
      // A macrotask later, so that whoever watches sees the state before the target is gone.
      target.timer = this.world.clock.after(0, () => this.leaveIfIdle(target));
    } else {
      const delay = Number(this.group(group)?.attributes['deregistration_delay.timeout_seconds'] ?? 300);
      target.timer = this.world.clock.after(delay * 1000, () => this.remove(target));
    }
    return target.left.promise;
  }

  health(group: string, address: Address): { state: string; reason?: string; description?: string } {
    const target = this.of(group).get(key(address));
    if (!target) {
      return {
        state: 'unused',
        reason: 'Target.NotRegistered',
        description: 'Target is not registered to the target group',
      };
    }
    return {
      state: target.state,
      ...(target.reason ? { reason: target.reason } : {}),
      ...(target.description ? { description: target.description } : {}),
    };
  }

  exists(group: string): boolean {
    return this.state.targetGroups.has(group);
  }

  watch(listener: (group: string, target: Address) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async ask(group: string, path: string): Promise<Answer | 'none'> {
    const target = this.choose(group);
    if (!target) return 'none';
    this.took(target);
    try {
      const settings = this.group(group)?.healthCheck;
      if (target.answer) return await target.answer(target.port, path);
      if (!settings) return 'none';
      return await this.world.clock.during(ask(target.id, target.port, { ...settings, path }));
    } finally {
      this.gave(target);
    }
  }

  list(group: string): Target[] {
    return [...this.of(group).values()];
  }

  /** The healthy target whose turn it is, none of those that a request has already tried in vain. */
  choose(group: string, except: ReadonlySet<Target> = new Set()): Target | undefined {
    const candidates = this.list(group).filter((target) => target.state === 'healthy' && !except.has(target));
    if (candidates.length === 0) return undefined;
    if (this.group(group)?.attributes['load_balancing.algorithm.type'] === 'least_outstanding_requests') {
      return candidates.reduce((least, target) => (target.inFlight < least.inFlight ? target : least));
    }
    const turn = this.turns.get(group) ?? 0;
    this.turns.set(group, turn + 1);
    return candidates[turn % candidates.length];
  }

  took(target: Target): void {
    target.inFlight++;
  }

  gave(target: Target): void {
    target.inFlight--;
    if (target.state === 'draining') this.leaveIfIdle(target as Registered);
  }

  /** After a listener or a rule has come, changed or gone: what was unused may be in use now. */
  reconsider(): void {
    for (const targets of this.groups.values()) {
      for (const target of targets.values()) if (target.state === 'unused') this.begin(target);
    }
  }

  close(): void {
    this.closed = true;
    for (const targets of this.groups.values()) {
      for (const target of targets.values()) {
        target.timer?.cancel();
        target.abort.abort();
        target.agent.destroy();
        target.left.resolve();
      }
    }
    this.groups.clear();
  }

  private begin(target: Registered): void {
    if (this.state.servedBy(target.group).length === 0) {
      this.become(target, 'unused', {
        reason: 'Target.NotInUse',
        description: 'Target group is not configured to receive traffic from the load balancer',
      });
      return;
    }
    this.become(target, 'initial', {
      reason: 'Elb.InitialHealthChecking',
      description: 'Initial health checks in progress',
    });
    void this.check(target);
  }

  private async check(target: Registered): Promise<void> {
    const settings = this.group(target.group)?.healthCheck;
    if (!settings) return;
    const port = settings.port === 'traffic-port' ? target.port : Number(settings.port);
    const answer = target.answer
      ? await target.answer(port, settings.path)
      : await this.world.clock.during(ask(target.id, port, settings));
    if (this.closed || target.state === 'draining' || !this.of(target.group).has(key(target))) return;
    this.judge(target, settings, answer);
    const soon = target.state === 'initial' ? FIRST_CHECKS_EVERY : Number.POSITIVE_INFINITY;
    target.timer = this.world.clock.after(
      Math.min(soon, settings.interval * 1000),
      () => void this.check(target),
    );
  }

  private judge(target: Registered, settings: TargetGroup['healthCheck'], answer: Answer): void {
    const verdict = judged(target, settings, answer, this.world.clock.now());
    if (verdict) this.become(target, verdict.state, verdict);
  }

  private become(
    target: Registered,
    state: TargetState,
    why: { reason?: string; description?: string },
  ): void {
    const changed = target.state !== state || target.description !== why.description;
    target.state = state;
    target.reason = why.reason;
    target.description = why.description;
    if (changed) this.tell(target);
  }

  private tell(target: Target): void {
    for (const listener of this.listeners) listener(target.group, { id: target.id, port: target.port });
  }

  private leaveIfIdle(target: Registered): void {
    if (target.inFlight === 0) this.remove(target);
  }

  private remove(target: Registered): void {
    const targets = this.of(target.group);
    if (targets.get(key(target)) !== target) return;
    target.timer?.cancel();
    targets.delete(key(target));
    target.abort.abort();
    target.agent.destroy();
    target.left.resolve();
    this.tell(target);
  }

  private group(arn: string): TargetGroup | undefined {
    return this.state.targetGroups.get(arn);
  }

  private of(group: string): Map<string, Registered> {
    let found = this.groups.get(group);
    if (!found) {
      found = new Map();
      this.groups.set(group, found);
    }
    return found;
  }
}
