/** The alarms of a world: their states, their evaluation once a minute, their history and their actions. */
import type { Timer } from '../../../clock.ts';
import type { World } from '../../../service.ts';
import type { Collection } from '../../../store.ts';
import type { MetricStore } from '../metrics/store.ts';
import { alarmArn } from '../model.ts';
import { actionOf, alarmEvent } from './actions.ts';
import { decide } from './decide.ts';
import type { AlarmRecord, AlarmState, HistoryItem, MetricAlarmRecord, StateValue } from './model.ts';
import { latestPoints } from './points.ts';
import { parseRule } from './rule.ts';

/** CloudWatch evaluates an alarm once a minute, and more often only where its period is shorter. */
const TICK_S = 60;
const HISTORY_AN_ALARM = 100;

/** What an operation gives: everything but what the alarm itself finds out. */
export type AlarmConfiguration = AlarmRecord extends infer Each
  ? Each extends AlarmRecord
    ? Omit<Each, 'state' | 'configured'>
    : never
  : never;

export class Alarms {
  private readonly world: World;
  private readonly metrics: MetricStore;
  private readonly records: Collection<AlarmRecord>;
  private readonly history: Collection<HistoryItem[]>;
  private timer: Timer | undefined;
  private started = false;

  constructor(world: World, metrics: MetricStore) {
    this.world = world;
    this.metrics = metrics;
    this.records = world.store('monitoring').collection<AlarmRecord>('alarms');
    this.history = world.store('monitoring').collection<HistoryItem[]>('alarm-history');
  }

  /** By name. */
  all(): AlarmRecord[] {
    return this.records.values().sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): AlarmRecord | undefined {
    return this.records.get(name);
  }

  historyOf(name: string): readonly HistoryItem[] {
    return this.history.get(name) ?? [];
  }

  /** Makes an alarm, or changes one, whose state it keeps until the next evaluation. */
  put(configuration: AlarmConfiguration): void {
    const previous = this.records.get(configuration.name);
    const now = this.world.clock.now();
    const unchecked: AlarmState = {
      value: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      updated: now,
      transitioned: now,
    };
    const record = { ...configuration, configured: now, state: previous?.state ?? unchecked } as AlarmRecord;
    this.records.set(record.name, record);
    const verb = previous ? 'updated' : 'created';
    this.remember(record.name, {
      type: 'ConfigurationUpdate',
      summary: `Alarm "${record.name}" ${verb}`,
      data: JSON.stringify({ version: '1.0', type: previous ? 'Update' : 'Create' }),
    });
    if (record.kind === 'composite') this.evaluateComposite(record.name);
    this.schedule();
  }

  /** Without an entry in the history: a start finds the alarm that an earlier start made. */
  keep(configuration: AlarmConfiguration): void {
    const previous = this.records.get(configuration.name);
    const { state: _state, configured: _configured, ...known } = previous ?? ({} as Partial<AlarmRecord>);
    if (!previous || JSON.stringify(known) !== JSON.stringify(configuration)) this.put(configuration);
  }

  setActionsEnabled(name: string, actionsEnabled: boolean): void {
    const record = this.records.get(name);
    if (record) this.records.set(name, { ...record, actionsEnabled });
  }

  delete(name: string): void {
    this.records.delete(name);
    this.history.delete(name);
  }

  start(): void {
    this.started = true;
    this.schedule();
  }

  stop(): void {
    this.started = false;
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** SetAlarmState, and every evaluation that came to another state or another reason. */
  setState(name: string, value: StateValue, reason: string, reasonData?: string): void {
    const record = this.records.get(name);
    if (!record) return;
    const now = this.world.clock.now();
    const changed = record.state.value !== value;
    const state: AlarmState = {
      value,
      reason,
      ...(reasonData === undefined ? {} : { reasonData }),
      updated: now,
      transitioned: changed ? now : record.state.transitioned,
    };
    const next: AlarmRecord = { ...record, state };
    this.records.set(name, next);
    if (!changed) return;
    this.remember(name, {
      type: 'StateUpdate',
      summary: `Alarm updated from ${record.state.value} to ${value}`,
      data: JSON.stringify({
        version: '1.0',
        oldState: { stateValue: record.state.value, stateReason: record.state.reason },
        newState: { stateValue: value, stateReason: reason },
      }),
    });
    this.world.ports.events.emit(alarmEvent(this.world, next, record.state));
    if (next.actionsEnabled) this.act(next, record.state);
    for (const other of this.all()) {
      if (other.kind === 'composite' && parseRule(other.rule).alarms.includes(name))
        this.evaluateComposite(other.name);
    }
  }

  /** Looks at every metric alarm now. One that cannot be evaluated does not keep the others from being looked at. */
  evaluate(): void {
    for (const record of this.all()) {
      if (record.kind !== 'metric') continue;
      try {
        this.evaluateMetric(record);
      } catch (error) {
        this.world.say(`cloudwatch: alarm ${record.name}: ${(error as Error).message}`);
      }
    }
  }

  private evaluateMetric(record: MetricAlarmRecord): void {
    const { period, points } = latestPoints(record, this.metrics, this.world.clock.now());
    const decision = decide(points, record, record.state.value);
    if (!decision || decision.state === record.state.value) return;
    const now = this.world.clock.now();
    const data = {
      version: '1.0',
      queryDate: timeText(now),
      ...(decision.evaluated[0] ? { startDate: timeText(decision.evaluated[0].at * 1000) } : {}),
      ...(record.metric ? { statistic: record.metric.stat } : {}),
      period,
      recentDatapoints: decision.evaluated.map((point) => point.value),
      threshold: record.threshold,
      evaluatedDatapoints: [...decision.evaluated]
        .reverse()
        .map((point) => ({ timestamp: timeText(point.at * 1000), value: point.value })),
    };
    this.setState(record.name, decision.state, decision.reason, JSON.stringify(data));
  }

  private evaluateComposite(name: string): void {
    const record = this.records.get(name);
    if (record?.kind !== 'composite') return;
    const rule = parseRule(record.rule);
    const value = rule.holds((alarm) => this.records.get(alarm)?.state.value) ? 'ALARM' : 'OK';
    if (value === record.state.value) return;
    const states = rule.alarms.map(
      (alarm) => `${alarmArn(this.world, alarm)} is in ${this.records.get(alarm)?.state.value}`,
    );
    this.setState(
      name,
      value,
      `${states.join(', ')}: the rule ${value === 'ALARM' ? 'holds' : 'does not hold'}.`,
    );
  }

  private act(record: AlarmRecord, previous: AlarmState): void {
    const actions = {
      OK: record.okActions,
      ALARM: record.alarmActions,
      INSUFFICIENT_DATA: record.insufficientDataActions,
    }[record.state.value];
    for (const action of actions) {
      const done = actionOf(this.world, action, record, previous).then(
        () => `Successfully executed action ${action}`,
        (error: Error) => `Failed to execute action ${action}. Received error: "${error.message}"`,
      );
      void this.world.clock.during(done).then((summary) => {
        this.remember(record.name, {
          type: 'Action',
          summary,
          data: JSON.stringify({ actionState: summary }),
        });
      });
    }
  }

  private remember(alarm: string, item: Omit<HistoryItem, 'alarm' | 'at'>): void {
    const items = this.history.get(alarm) ?? [];
    items.push({ alarm, at: this.world.clock.now(), ...item });
    this.history.set(alarm, items.slice(-HISTORY_AN_ALARM));
  }

  /** The next tick is at a whole minute; without metric alarms there is none, so that an idle world is idle. */
  private schedule(): void {
    if (this.timer || !this.started) return;
    const periods = this.all().flatMap((record) =>
      record.kind === 'metric' ? [Math.min(record.metric?.period ?? TICK_S, TICK_S)] : [],
    );
    if (periods.length === 0) return;
    const tick = Math.max(10, Math.min(...periods)) * 1000;
    const delay = tick - (this.world.clock.now() % tick);
    this.timer = this.world.clock.after(delay, () => {
      this.timer = undefined;
      this.evaluate();
      this.schedule();
    });
  }
}

/** `2026-11-24T09:15:00.000+0000` */
function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '+0000');
}
