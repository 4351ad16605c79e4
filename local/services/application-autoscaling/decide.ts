/**
 * How target tracking decides: pure. Out as soon as one policy wants more, after three minutes above its target; in
 * only when every policy has been under nine tenths of its target for a quarter of an hour. Source: "Target tracking
 * scaling policies for Application Auto Scaling", whose alarms have these periods.
 */

export interface Reading {
  readonly policy: string;
  readonly target: number;
  /** Seconds. */
  readonly outCooldown: number;
  readonly inCooldown: number;
  readonly disableScaleIn: boolean;
  /** The metric of the last minutes, latest first; undefined where a minute has no value. */
  readonly minutes: readonly (number | undefined)[];
}

export interface Situation {
  readonly current: number;
  readonly min: number;
  readonly max: number;
  readonly suspendedIn: boolean;
  readonly suspendedOut: boolean;
  /** ECS takes no task away while it deploys. */
  readonly deploying: boolean;
  /** Seconds since the last scaling out, and since the last scaling of either kind. */
  readonly sinceOut: number;
  readonly sinceAny: number;
}

export interface Decision {
  readonly desired: number;
  readonly policy: string;
  readonly alarm: 'AlarmHigh' | 'AlarmLow';
}

export const OUT_MINUTES = 3;
export const IN_MINUTES = 15;
const LOW_SHARE = 0.9;

export function decideScaling(readings: readonly Reading[], situation: Situation): Decision | undefined {
  return scaleOut(readings, situation) ?? scaleIn(readings, situation);
}

function scaleOut(readings: readonly Reading[], situation: Situation): Decision | undefined {
  if (situation.suspendedOut || situation.current >= situation.max) return undefined;
  const wanted = readings
    .filter((reading) => situation.sinceOut >= reading.outCooldown)
    .filter((reading) => every(reading, OUT_MINUTES, (value) => value > reading.target))
    .map((reading) => ({ policy: reading.policy, desired: proportional(reading, situation) }));
  const most = wanted.reduce<(typeof wanted)[number] | undefined>(
    (best, each) => (!best || each.desired > best.desired ? each : best),
    undefined,
  );
  if (!most || most.desired <= situation.current) return undefined;
  return { desired: Math.min(most.desired, situation.max), policy: most.policy, alarm: 'AlarmHigh' };
}

function scaleIn(readings: readonly Reading[], situation: Situation): Decision | undefined {
  if (situation.suspendedIn || situation.deploying || situation.current <= situation.min) return undefined;
  const asked = readings.filter((reading) => !reading.disableScaleIn);
  const ready = asked.filter(
    (reading) =>
      situation.sinceAny >= reading.inCooldown &&
      every(reading, IN_MINUTES, (value) => value < reading.target * LOW_SHARE),
  );
  const [first] = ready;
  if (!first || ready.length < asked.length) return undefined;
  const desired = Math.max(situation.min, ...ready.map((reading) => proportional(reading, situation)));
  return desired < situation.current ? { desired, policy: first.policy, alarm: 'AlarmLow' } : undefined;
}

/** As many tasks as would bring the metric to its target, if each carries as much as now. */
function proportional(reading: Reading, situation: Situation): number {
  return Math.ceil((situation.current * (reading.minutes[0] ?? 0)) / reading.target);
}

function every(reading: Reading, minutes: number, test: (value: number) => boolean): boolean {
  const latest = reading.minutes.slice(0, minutes);
  return latest.length === minutes && latest.every((value) => value !== undefined && test(value));
}
