/** The names of statistics: `Average`, `Sum`, `p99`, `tm95`, and what each makes of a bucket. */
import { AwsError, unsupported } from '../../../service.ts';
import { type Bucket, percentile, trimmedMean } from './bucket.ts';

export type Statistic = (bucket: Readonly<Bucket>) => number | undefined;

const SIMPLE: Readonly<Record<string, Statistic>> = {
  Average: (bucket) => bucket.sum / bucket.count,
  Sum: (bucket) => bucket.sum,
  Minimum: (bucket) => bucket.min,
  Maximum: (bucket) => bucket.max,
  SampleCount: (bucket) => bucket.count,
};

/** `member` is the parameter that CloudWatch names in its refusal. */
export function parseStatistic(name: string, member: string, operation: string): Statistic {
  const simple = SIMPLE[name];
  if (simple) return simple;
  const found = /^(p|tm)(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name);
  if (found) {
    const percent = Number(found[2]);
    return found[1] === 'p'
      ? (bucket) => percentile(bucket, percent)
      : (bucket) => trimmedMean(bucket, 0, percent);
  }
  if (/^(tc|ts|wm)\d|^(TM|TC|TS|WM|PR)\(|^IQM$/.test(name))
    throw unsupported(operation, `the statistic ${name}`);
  throw new AwsError(
    'InvalidParameterValueException',
    `The value ${name} for parameter ${member} is not supported.`,
  );
}
