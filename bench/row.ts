/** One figure of `bench/results.json`. */
export interface Row {
  /** What was measured. */
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it was measured beside, with that one's own figure. */
  readonly against: string;
  /** For example `>= 1`. */
  readonly goal: string;
  readonly reached: boolean;
}
