/** Where the server's answers come from: AWS in use, prepared answers in tests. The server itself knows neither. */
import type {
  ActionAnswer,
  ActionName,
  ActionRequest,
  Approval,
  Definition,
  Deployment,
  Events,
  Graph,
  History,
  LiveEvent,
  Logs,
  Metrics,
  Now,
  Problem,
  Schedules,
  ServiceFacts,
  Timeline,
} from '../model.ts';

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
