/**
 * Structured logs, one JSON object a line, and metrics in CloudWatch's embedded format. Both go to stdout as they
 * are: `console.log` would put Lambda's own prefix before them. Events are never logged whole: they may be large,
 * and a request holds whatever its sender put there.
 */
export type Fields = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
>;

export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** A log whose lines all carry the same fields: deployment, step, request. */
export function logWith(common: Fields): Log {
  const write = (level: string) => (message: string, fields?: Fields) =>
    line({ level, time: new Date().toISOString(), message, ...common, ...fields });
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

export type Unit = 'Count' | 'Milliseconds' | 'Seconds';

/**
 * Puts metrics into the namespace `Lockstep`. `dimensions` are sets of names of `properties`, and each set makes a
 * metric of its own. Source: CloudWatch User Guide, "Embedded metric format specification".
 */
export function putMetrics(
  metrics: Readonly<Record<string, readonly [value: number, unit: Unit]>>,
  properties: Readonly<Record<string, string>>,
  dimensions: readonly (readonly string[])[],
): void {
  line({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: 'Lockstep',
          Dimensions: dimensions,
          Metrics: Object.entries(metrics).map(([Name, [, Unit]]) => ({ Name, Unit })),
        },
      ],
    },
    ...properties,
    ...Object.fromEntries(Object.entries(metrics).map(([name, [value]]) => [name, value])),
  });
}

function line(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
