/** The default bus: rules are matched against every event, schedules fire, targets are called. */
import { randomUUID } from 'node:crypto';
import { type Expression, nextDue, parseExpression } from '../../../core/schedule/expression.ts';
import type { Timer } from '../../clock.ts';
import { Deliveries, principalOfRole } from '../../delivery.ts';
import type { EventsPort } from '../../ports.ts';
import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';
import { type BusEvent, inputOf } from './input.ts';
import { kindOfTarget, ruleArn, type StoredRule, type StoredTarget } from './model.ts';
import { type EventPattern, parseEventPattern } from './pattern/pattern.ts';

export class Bus {
  private readonly world: World;
  private readonly rules: Collection<StoredRule>;
  private readonly deliveries: Deliveries;
  private readonly patterns = new Map<string, EventPattern>();
  private readonly timers = new Map<string, Timer>();
  private started = false;

  constructor(world: World) {
    this.world = world;
    this.rules = world.store('events').collection<StoredRule>('rules');
    this.deliveries = new Deliveries(world);
  }

  /** By name. */
  all(): StoredRule[] {
    return this.rules.values().sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): StoredRule | undefined {
    return this.rules.get(name);
  }

  get(name: string): StoredRule {
    const rule = this.rules.get(name);
    if (!rule) {
      throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
    }
    return rule;
  }

  save(rule: StoredRule): void {
    this.rules.set(rule.name, rule);
    this.arm(rule);
  }

  delete(name: string): void {
    this.rules.delete(name);
    this.timers.get(name)?.cancel();
    this.timers.delete(name);
  }

  start(): void {
    this.started = true;
    for (const rule of this.all()) this.arm(rule);
  }

  stop(): void {
    this.started = false;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    this.deliveries.stop();
  }

  emit(event: Parameters<EventsPort['emit']>[0]): void {
    this.put({ ...event, at: this.world.clock.now() });
  }

  /** Gives the event its envelope and hands it to every rule that matches. Returns its id. */
  put(given: Parameters<EventsPort['emit']>[0] & { readonly at: number }): string {
    const event: BusEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': given.detailType,
      source: given.source,
      account: this.world.account,
      time: secondsTime(given.at),
      region: this.world.region,
      resources: given.resources,
      detail: given.detail,
    };
    for (const rule of this.all()) {
      if (rule.state === 'DISABLED' || rule.eventPattern === undefined) continue;
      if (this.pattern(rule.eventPattern).matches(event)) this.send(rule, event);
    }
    return event.id;
  }

  private pattern(text: string): EventPattern {
    let pattern = this.patterns.get(text);
    if (!pattern) {
      pattern = parseEventPattern(text);
      this.patterns.set(text, pattern);
    }
    return pattern;
  }

  private send(rule: StoredRule, event: BusEvent): void {
    const named = { name: rule.name, arn: ruleArn(this.world, rule.name) };
    for (const target of rule.targets) {
      const input = inputOf(target, event, named, this.world.clock.now());
      if (input === undefined) continue;
      this.deliveries.deliver({
        what: `rule ${rule.name}`,
        targetArn: target.arn,
        retries: target.retries,
        maxAge: target.maxAge * 1000,
        deadLetterArn: target.deadLetterArn,
        body: JSON.stringify(event),
        send: () => this.call(target, input, event.id),
      });
    }
  }

  private async call(target: StoredTarget, input: string, eventId: string): Promise<void> {
    const { ports } = this.world;
    switch (kindOfTarget(target.arn)) {
      case 'lambda':
        return this.deliveries.invoke(target.arn, JSON.parse(input));
      case 'states': {
        const principal = principalOfRole(this.world, target.roleArn ?? '', 'events.amazonaws.com', eventId);
        await ports.dispatch.call(
          'states',
          'StartExecution',
          { stateMachineArn: target.arn, input },
          principal,
        );
        return;
      }
      case 'sns': {
        // A topic's policy lets EventBridge publish; as nothing here stands for that policy, the account itself does it.
        const principal = { arn: `arn:aws:iam::${this.world.account}:root` };
        await ports.dispatch.call('sns', 'Publish', { TopicArn: target.arn, Message: input }, principal);
        return;
      }
      default:
        this.write(target.arn, input, eventId);
    }
  }

  private write(arn: string, input: string, eventId: string): void {
    const group = /:log-group:([^:]+)/.exec(arn)?.[1] ?? '';
    const { logs } = this.world.ports;
    if (!logs.hasGroup(group)) {
      throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    }
    logs.append(group, eventId, [{ timestamp: this.world.clock.now(), message: input }]);
  }

  /** Sets the timer of a rule's schedule anew. What fell due while the embedded AWS was off is not made up for. */
  private arm(rule: StoredRule, fired = 0): void {
    this.timers.get(rule.name)?.cancel();
    this.timers.delete(rule.name);
    if (!this.started || rule.state === 'DISABLED' || rule.scheduleExpression === undefined) return;
    const expression = parseExpression(rule.scheduleExpression, 'strict');
    // A timer may come a moment early: the time that has fired must not be found again.
    const due = expression && this.due(rule, expression, Math.max(this.world.clock.now(), fired));
    if (due === undefined) return;
    const timer = this.world.clock.after(due - this.world.clock.now(), () => {
      this.fire(rule.name, due);
    });
    this.timers.set(rule.name, timer);
  }

  private due(rule: StoredRule, expression: Expression, after: number): number | undefined {
    const every = expression.kind === 'rate' ? expression.every : 0;
    return nextDue(expression, after, { zone: 'UTC', anchor: rule.scheduledFrom + every });
  }

  private fire(name: string, due: number): void {
    const rule = this.rules.get(name);
    if (!rule) return;
    this.send(rule, {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: this.world.account,
      time: secondsTime(due),
      region: this.world.region,
      resources: [ruleArn(this.world, name)],
      detail: {},
    });
    this.arm(rule, due);
  }
}

function secondsTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
