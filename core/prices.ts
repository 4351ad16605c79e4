/**
 * The one table of prices: US dollars, on demand, of one region, without free tiers and discounts. It tells what an execution
 * costs to the order of a cent, and is no bill. Other regions are up to a third dearer. The figures were taken from articles
 * that repeat AWS's lists; each `source` is the list itself, which says what holds today.
 */
export const PRICE_REGION = 'us-east-1';
/** When the newest of the sources was written; month. */
export const PRICES_OF = '2026-05';

interface Price {
  readonly dollars: number;
  readonly per: string;
  readonly source: string;
}

export const PRICES = {
  transition: {
    dollars: 0.025 / 1000,
    per: 'state transition of a Standard workflow',
    source: 'https://aws.amazon.com/step-functions/pricing/',
  },
  functionCall: {
    dollars: 0.2 / 1_000_000,
    per: 'request to a function',
    source: 'https://aws.amazon.com/lambda/pricing/',
  },
  functionSecond: {
    dollars: 0.000_013_333_4,
    per: 'GB-second of a function on arm64',
    source: 'https://aws.amazon.com/lambda/pricing/',
  },
  // The project builds on ARM, which costs less; the price of x86 is the one that the source has.
  buildMinute: {
    dollars: 0.005,
    per: 'minute of a build on general1.small',
    source: 'https://aws.amazon.com/codebuild/pricing/',
  },
  taskCpuHour: {
    dollars: 0.032_38,
    per: 'vCPU-hour of a Fargate task on Linux/ARM',
    source: 'https://aws.amazon.com/fargate/pricing/',
  },
  taskMemoryHour: {
    dollars: 0.003_56,
    per: 'GB-hour of a Fargate task on Linux/ARM',
    source: 'https://aws.amazon.com/fargate/pricing/',
  },
} as const satisfies Record<string, Price>;
