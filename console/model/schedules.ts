/** What is scheduled, frozen and allowed when. */
import type { Mark, Problem, Text } from './parts.ts';

export interface Schedules {
  readonly at: string;
  readonly rows: readonly {
    readonly environment: string;
    readonly service: string;
    readonly cron: string;
    readonly timeZone: string;
    readonly what: Text;
    readonly next: readonly string[];
    readonly last: { readonly id: string; readonly at: string; readonly mark: Mark } | null;
  }[];
  readonly freezes: readonly {
    readonly environment: string;
    readonly from: string;
    readonly to: string;
    readonly reason: string;
    readonly state: 'over' | 'now' | 'to-come';
  }[];
  /** Weekly times in which deployments are allowed, as the environment file has them. */
  readonly windows: readonly { readonly environment: string; readonly text: Text }[];
  readonly problems: readonly Problem[];
}
