/** Where the server's answers come from: AWS in use, prepared answers in tests. The server itself knows neither. */
import type { ActionAnswer, ActionName, ActionRequest } from '../model/actions.ts';
import type { Approval } from '../model/approval.ts';
import type { Deployment, Graph } from '../model/deployment.ts';
import type { Definition, Events, Logs } from '../model/evidence.ts';
import type { History } from '../model/history.ts';
import type { LiveEvent } from '../model/live.ts';
import type { Metrics } from '../model/metrics.ts';
import type { Now, ServiceFacts } from '../model/now.ts';
import type { Problem } from '../model/parts.ts';
import type { Schedules } from '../model/schedules.ts';
import type { Timeline } from '../model/timeline.ts';

export interface HistoryQuery {
  readonly days: number;
  readonly service?: string;
  readonly environment?: string;
  readonly by?: string;
  readonly verdict?: string;
}

/** What an action is done to: a deployment, or for `rollback` a service. */
export type ActionOn =
  | { readonly action: Exclude<ActionName, 'rollback'>; readonly id: string }
  | { readonly action: 'rollback'; readonly environment: string; readonly service: string };

/** Every method throws `Refused`, or an error of the table, where it cannot answer. */
export interface Source {
  now(): Promise<Now>;
  service(environment: string, service: string): Promise<ServiceFacts>;
  history(query: HistoryQuery): Promise<History>;
  metrics(environment: string, service: string, hours: number): Promise<Metrics>;
  schedules(): Promise<Schedules>;
  deployment(id: string): Promise<Deployment>;
  graph(id: string): Promise<Graph>;
  timeline(id: string): Promise<Timeline>;
  logs(id: string, source: string | undefined): Promise<Logs>;
  definition(id: string): Promise<Definition>;
  approval(id: string): Promise<Approval>;
  events(id: string): Promise<Events>;
  act(on: ActionOn, request: ActionRequest): Promise<ActionAnswer>;
  /** Tells what changes until the returned function is called; of one deployment everything, of the others their rows. */
  follow(deployment: string | undefined, tell: (event: LiveEvent) => void): () => void;
}

/** A request that is answered with a problem, and with which status. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.sentence);
    this.status = status;
    this.problem = problem;
  }
}
