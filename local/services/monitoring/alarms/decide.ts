/**
 * Decides an alarm's state from its latest data points: pure, and by the tables of "Configuring how CloudWatch alarms
 * treat missing data" of the CloudWatch user guide.
 */
import type { StateValue } from './model.ts';

export interface Point {
  /** Start of the period, seconds since the epoch. */
  readonly at: number;
  /** Undefined where no value was reported. */
  readonly value: number | undefined;
}

export interface Criteria {
  readonly threshold: number;
  readonly comparison: string;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData?: string;
}

export interface Decision {
  readonly state: StateValue;
  readonly reason: string;
  /** The points that were looked at, oldest first. */
  readonly evaluated: readonly Point[];
}

/** CloudWatch looks at more periods than it evaluates, so that a late point does not make a gap. */
export const EXTRA_PERIODS = 2;

const COMPARISONS: Readonly<
  Record<string, readonly [(value: number, threshold: number) => boolean, string]>
> = {
  GreaterThanThreshold: [(value, threshold) => value > threshold, 'greater than'],
  GreaterThanOrEqualToThreshold: [(value, threshold) => value >= threshold, 'greater than or equal to'],
  LessThanThreshold: [(value, threshold) => value < threshold, 'less than'],
  LessThanOrEqualToThreshold: [(value, threshold) => value <= threshold, 'less than or equal to'],
};

export function isComparison(name: string): boolean {
  return name in COMPARISONS;
}

/** `points` are the last `evaluationPeriods + EXTRA_PERIODS` periods, oldest first. Undefined: the state stays. */
export function decide(
  points: readonly Point[],
  criteria: Criteria,
  current: StateValue,
): Decision | undefined {
  const { evaluationPeriods: wanted, datapointsToAlarm: toAlarm } = criteria;
  const known = points.filter((point): point is Point & { value: number } => point.value !== undefined);
  if (known.length >= wanted) return byThreshold(known.slice(-wanted), 0, criteria, current);

  const missing = wanted - known.length;
  switch (criteria.treatMissingData ?? 'missing') {
    case 'breaching':
    case 'notBreaching':
      return byThreshold(known, missing, criteria, current);
    default: {
      const breaching = known.filter((point) => isBreaching(point.value, criteria)).length;
      if (breaching >= toAlarm || breaching < known.length) return byThreshold(known, 0, criteria, current);
      const keeps = criteria.treatMissingData === 'ignore';
      if (known.length === 0) {
        return keeps
          ? undefined
          : { state: 'INSUFFICIENT_DATA', reason: unknownReason(wanted), evaluated: [] };
      }
      // Every known point breaches, but they are too few. The alarm goes off early only where the oldest of them is as
      // old as the points that would be needed: otherwise the gap may just not have been filled yet.
      const oldest = points.findIndex((point) => point.value !== undefined);
      const age = points.length - oldest;
      return keeps || age < toAlarm ? undefined : alarm(known, criteria, current);
    }
  }
}

function byThreshold(
  known: readonly (Point & { value: number })[],
  filled: number,
  criteria: Criteria,
  current: StateValue,
): Decision {
  const breachingKnown = known.filter((point) => isBreaching(point.value, criteria)).length;
  const breaching = breachingKnown + (criteria.treatMissingData === 'breaching' ? filled : 0);
  const inAlarm = breaching >= criteria.datapointsToAlarm;
  if (known.length === 0) {
    const as = criteria.treatMissingData === 'breaching' ? 'Breaching' : 'NonBreaching';
    const points = filled === 1 ? '1 missing datapoint was' : `${filled} missing datapoints were`;
    return {
      state: inAlarm ? 'ALARM' : 'OK',
      reason: `Threshold Crossed: no datapoints were received for ${filled} ${filled === 1 ? 'period' : 'periods'} and ${points} treated as [${as}].`,
      evaluated: [],
    };
  }
  return inAlarm ? alarm(known, criteria, current) : ok(known, criteria, current);
}

function alarm(
  known: readonly (Point & { value: number })[],
  criteria: Criteria,
  current: StateValue,
): Decision {
  const crossing = known.filter((point) => isBreaching(point.value, criteria));
  const minimum = criteria.datapointsToAlarm;
  return {
    state: 'ALARM',
    reason: thresholdReason(crossing, criteria, '', minimum, `${current} -> ALARM`),
    evaluated: known,
  };
}

function ok(
  known: readonly (Point & { value: number })[],
  criteria: Criteria,
  current: StateValue,
): Decision {
  const within = known.filter((point) => !isBreaching(point.value, criteria));
  const minimum = criteria.evaluationPeriods - criteria.datapointsToAlarm + 1;
  return {
    state: 'OK',
    reason: thresholdReason(within, criteria, 'not ', minimum, `${current} -> OK`),
    evaluated: known,
  };
}

function isBreaching(value: number, criteria: Criteria): boolean {
  return COMPARISONS[criteria.comparison]?.[0](value, criteria.threshold) ?? false;
}

function thresholdReason(
  points: readonly (Point & { value: number })[],
  criteria: Criteria,
  not: string,
  minimum: number,
  transition: string,
): string {
  const list = [...points].reverse().map((point) => `${decimal(point.value)} (${shortTime(point.at)})`);
  const were = points.length === 1 ? 'was' : 'were';
  const relation = COMPARISONS[criteria.comparison]?.[1] ?? '';
  return (
    `Threshold Crossed: ${points.length} out of the last ${criteria.evaluationPeriods} datapoints ` +
    `[${list.join(', ')}] ${were} ${not}${relation} the threshold (${decimal(criteria.threshold)}) ` +
    `(minimum ${minimum} ${minimum === 1 ? 'datapoint' : 'datapoints'} for ${transition} transition).`
  );
}

function unknownReason(periods: number): string {
  return `Insufficient Data: ${periods} ${periods === 1 ? 'datapoint was' : 'datapoints were'} unknown.`;
}

/** CloudWatch writes numbers as Java does: always with a decimal. */
export function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `24/11/26 09:15:00`, in UTC. */
function shortTime(seconds: number): string {
  const [date = '', time = ''] = new Date(seconds * 1000).toISOString().slice(2, 19).split('T');
  return `${date.split('-').reverse().join('/')} ${time}`;
}
