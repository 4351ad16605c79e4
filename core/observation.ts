/** What `VerifyHealth` sees at one look, what it expects, and what it remembers from one look to the next. */
import type { Closed } from './front-door.ts';
import type { Settings } from './plan.ts';

export interface TaskSeen {
  readonly arn: string;
  /** PROVISIONING … RUNNING … STOPPED. */
  readonly lastStatus: string;
  /** HEALTHY, UNHEALTHY, UNKNOWN: the containers' health check. */
  readonly healthStatus: string;
  /** The task's own address, as the load balancer knows it. */
  readonly address: string | null;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  /** Exit code of the service's container; null where it never started. */
  readonly exitCode: number | null;
  readonly containerReason: string | null;
  /** Last lines of the container's log, oldest first; read for tasks that stopped, and for those that run while answers are bad. */
  readonly log: readonly string[];
}

export interface TargetSeen {
  readonly address: string;
  /** initial, healthy, unhealthy, draining, unused. */
  readonly state: string;
  readonly description: string | null;
}

/** What an HTTP GET gave: a status and the beginning of the body, or why there was no answer. */
export interface Answer {
  readonly path: string;
  readonly status: number | null;
  readonly body: string;
  readonly problem: string | null;
  readonly milliseconds: number;
}

export interface Observation {
  /** Seconds since the release was started. */
  readonly elapsed: number;
  /** The task definition that should come to run. */
  readonly taskDefinition: string;
  /** Our service deployment; null while ECS does not list it. */
  readonly deployment: {
    readonly arn: string;
    readonly status: string;
    readonly statusReason: string | null;
    readonly taskDefinition: string | null;
    readonly triggeredAlarms: readonly string[];
  } | null;
  /** The deployment that the service is in now; null when none is under way. */
  readonly currentDeployment: string | null;
  readonly desired: number;
  /** Tasks of our task definition that this deployment started. */
  readonly tasks: readonly TaskSeen[];
  /** Null where the service has no load balancer. */
  readonly targets: readonly TargetSeen[] | null;
  /** Null where it is not asked. */
  readonly health: Answer | null;
  readonly status: Answer | null;
  /** Why the endpoints are not asked; null where they are. */
  readonly closed: Closed | null;
  readonly alarms: readonly string[];
}

export interface Expectation {
  readonly environment: string;
  readonly port: number;
  readonly memory: number;
  readonly bakeSeconds: number;
  readonly deadlineSeconds: number;
  readonly healthPath: string;
}

/** What has to be remembered between observations. */
export interface Memory {
  /** Elapsed seconds at which everything was first seen healthy without a break since. */
  readonly healthySince: number | null;
  /** Observations in a row whose endpoint answered badly although the new tasks serve. */
  readonly badAnswers: number;
  /** What the load balancer last said of a new task that it found unhealthy: with the task the target is gone. */
  readonly badTarget: string | null;
  /** Stopped tasks seen so far, by ARN: ECS forgets them after an hour. */
  readonly stopped: Readonly<Record<string, string>>;
}

export const NOTHING_SEEN: Memory = { healthySince: null, badAnswers: 0, badTarget: null, stopped: {} };

/** A rollback goes to what was proven before: it has to show that it runs again, not to be proven anew. */
const ROLLBACK_BAKE_SECONDS = 15;

export function expectationOf(
  settings: Settings,
  environment: string,
  subject: 'release' | 'rollback',
): Expectation {
  const { bakeSeconds, deadlineSeconds, path } = settings.health;
  return {
    environment,
    port: settings.port,
    memory: settings.memory,
    bakeSeconds: subject === 'release' ? bakeSeconds : Math.min(bakeSeconds, ROLLBACK_BAKE_SECONDS),
    deadlineSeconds,
    healthPath: path,
  };
}

/** One list of what several target groups say: a task serves where every group that knows it finds it healthy. */
export function mergeTargets(lists: readonly (readonly TargetSeen[])[]): TargetSeen[] {
  const byAddress = new Map<string, TargetSeen>();
  for (const target of lists.flat()) {
    const known = byAddress.get(target.address);
    if (!known || known.state === 'healthy') byAddress.set(target.address, target);
  }
  return [...byAddress.values()];
}
