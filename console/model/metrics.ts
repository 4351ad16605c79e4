/** The metrics of a service over some hours. */
import type { Mark, Part } from './parts.ts';

export interface Metrics {
  readonly environment: string;
  readonly service: string;
  readonly from: string;
  readonly periodSeconds: number;
  readonly periods: number;
  readonly groups: readonly MetricGroup[];
  readonly deployments: readonly {
    readonly id: string;
    readonly at: string;
    readonly mark: Mark;
    readonly release: string;
  }[];
}

export interface MetricGroup {
  /** `Requests`, `Latency`, `CPU and memory`, `Database connections`, a custom metric's name. */
  readonly title: string;
  readonly unit: 'percent' | 'count' | 'per second' | 'milliseconds' | 'none';
  readonly series: Part<
    readonly { readonly id: string; readonly label: string; readonly values: readonly (number | null)[] }[]
  >;
}
