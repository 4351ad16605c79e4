/**
 * Embedded Metric Format: a log event that is a JSON object with `_aws.CloudWatchMetrics` becomes metrics when it
 * reaches CloudWatch Logs. Source: "Specification: Embedded metric format" of the CloudWatch user guide.
 */
import type { Datum } from '../../ports.ts';

/** A dimension set may name 30 dimensions and a metric's array 100 values; an event that exceeds either is skipped. */
const MOST_DIMENSIONS = 30;
const MOST_VALUES = 100;

/** The data points of an event; none where it is no embedded metric or not a valid one. */
export function embeddedMetrics(message: string): Datum[] {
  if (!message.includes('"CloudWatchMetrics"')) return [];
  const root = parse(message);
  const metadata = record(root?.['_aws']);
  if (!root || !metadata || typeof metadata['Timestamp'] !== 'number') return [];
  const at = metadata['Timestamp'];
  return list(metadata['CloudWatchMetrics']).flatMap((directive) => {
    const { Namespace: namespace, Dimensions: sets, Metrics: metrics } = record(directive) ?? {};
    if (typeof namespace !== 'string') return [];
    return list(sets ?? [[]]).flatMap((set) => {
      const dimensions = dimensionsOf(root, list(set));
      if (!dimensions) return [];
      return list(metrics).flatMap((metric) => {
        const { Name: name, Unit: unit } = record(metric) ?? {};
        if (typeof name !== 'string') return [];
        return valuesOf(root[name]).map((value) => ({
          namespace,
          name,
          dimensions,
          value,
          unit: typeof unit === 'string' ? unit : 'None',
          at,
        }));
      });
    });
  });
}

function dimensionsOf(
  root: Readonly<Record<string, unknown>>,
  names: readonly unknown[],
): Record<string, string> | undefined {
  if (names.length > MOST_DIMENSIONS) return undefined;
  const dimensions: Record<string, string> = {};
  for (const name of names) {
    const value = typeof name === 'string' ? root[name] : undefined;
    if (typeof name !== 'string' || (typeof value !== 'string' && typeof value !== 'number'))
      return undefined;
    dimensions[name] = String(value);
  }
  return dimensions;
}

function valuesOf(value: unknown): number[] {
  const values = Array.isArray(value) ? value : [value];
  if (values.length > MOST_VALUES) return [];
  return values.filter((each): each is number => typeof each === 'number' && Number.isFinite(each));
}

function parse(message: string): Record<string, unknown> | undefined {
  try {
    return record(JSON.parse(message));
  } catch {
    return undefined;
  }
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
