/** One registered target: what is known of it, and what a health check changes. */
import http from 'node:http';
import type { Timer } from '../../clock.ts';
import { type Answer, explain, matches } from './check.ts';
import type { HealthCheckSettings } from './model.ts';

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';

export interface Target {
  readonly id: string;
  readonly port: number;
  readonly group: string;
  readonly answer: ((port: number, path: string) => Promise<Answer>) | undefined;
  /** Connections to this target that are kept open between requests. */
  readonly agent: http.Agent;
  state: TargetState;
  reason?: string | undefined;
  description?: string | undefined;
  /** Requests and upgraded connections that are under way. */
  inFlight: number;
  /** What ends those that are still under way when the deregistration delay is over. */
  readonly abort: AbortController;
}

export interface Registered extends Target {
  successes: number;
  failures: number;
  lastCounted: number;
  timer: Timer | undefined;
  left: PromiseWithResolvers<void>;
}

export interface Address {
  readonly id: string;
  readonly port: number;
}

export function key(address: Address): string {
  return `${address.id}:${address.port}`;
}

export function newTarget(group: string, { id, port }: Address, answer: Target['answer']): Registered {
  return {
    id,
    port,
    group,
    answer,
    agent: new http.Agent({ keepAlive: true, maxFreeSockets: 64 }),
    state: 'initial',
    reason: 'Elb.RegistrationInProgress',
    description: 'Target registration is in progress',
    inFlight: 0,
    abort: new AbortController(),
    successes: 0,
    failures: 0,
    lastCounted: Number.NEGATIVE_INFINITY,
    timer: undefined,
    left: Promise.withResolvers<void>(),
  };
}

/** Takes in the answer of a check. Returns the state that it leads to, where it leads to one. */
export function judged(
  target: Registered,
  settings: HealthCheckSettings,
  answer: Answer,
  now: number,
): { state: TargetState; reason?: string; description?: string } | undefined {
  if (typeof answer === 'object' && matches(settings.matcher, answer.status)) {
    target.failures = 0;
    target.successes++;
    const needed = target.state === 'initial' ? 1 : settings.healthyThreshold;
    return target.state !== 'healthy' && target.successes >= needed ? { state: 'healthy' } : undefined;
  }
  if (now - target.lastCounted < settings.interval * 1000) return undefined;
  target.lastCounted = now;
  target.successes = 0;
  target.failures++;
  return target.failures >= settings.unhealthyThreshold
    ? { state: 'unhealthy', ...explain(answer) }
    : undefined;
}
