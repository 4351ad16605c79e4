/** The environments of every function: warm ones are used again, and as many are started as there are calls at a time. */
import { randomUUID } from 'node:crypto';
import type { LambdaAnswer } from '../../ports.ts';
import { AwsError, type World } from '../../service.ts';
import { Environment, type Outcome } from './environment.ts';
import { InvocationLog } from './invocation-log.ts';
import type { LambdaFunction } from './model.ts';

/** An environment that nothing has asked for so long is ended, as Lambda ends its own. */
const IDLE_MS = 10 * 60 * 1000;

/** The largest synchronous payload, either way. */
export const PAYLOAD_LIMIT = 6 * 1024 * 1024;

export interface Invocation extends LambdaAnswer {
  readonly requestId: string;
  /** The last 4 KB of the log, for `LogType: Tail`. */
  readonly logTail: string;
}

interface Warm {
  readonly environment: Environment;
  readonly timer: NodeJS.Timeout;
}

export interface Counts {
  invocations: number;
  coldStarts: number;
  errors: number;
}

export class Pool {
  readonly counts = new Map<string, Counts>();
  private readonly world: World;
  private readonly warm = new Map<string, Warm[]>();
  private readonly running = new Map<string, number>();
  private readonly all = new Set<Environment>();
  private readonly logs = new WeakMap<Environment, InvocationLog>();
  private ending = false;

  constructor(world: World) {
    this.world = world;
  }

  async invoke(fn: LambdaFunction, payload: string): Promise<Invocation> {
    if (this.ending) throw new AwsError('ServiceException', 'The embedded AWS is ending.', {}, 500);
    const busy = this.running.get(fn.name) ?? 0;
    if (fn.reserved !== undefined && busy >= fn.reserved) {
      throw new AwsError(
        'TooManyRequestsException',
        'Rate Exceeded.',
        { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded', Type: 'User' },
        429,
      );
    }
    this.running.set(fn.name, busy + 1);
    try {
      return await this.world.clock.during(this.run(fn, payload));
    } finally {
      this.running.set(fn.name, (this.running.get(fn.name) ?? 1) - 1);
    }
  }

  /** Ends what is warm of a function whose code or configuration has changed. */
  async retire(name: string): Promise<void> {
    const warm = this.warm.get(name) ?? [];
    this.warm.delete(name);
    await Promise.all(warm.map(({ environment, timer }) => this.endOne(environment, timer)));
  }

  async close(): Promise<void> {
    this.ending = true;
    for (const warm of this.warm.values()) for (const { timer } of warm) clearTimeout(timer);
    this.warm.clear();
    await Promise.all([...this.all].map((environment) => environment.end()));
    this.all.clear();
  }

  private async run(fn: LambdaFunction, payload: string): Promise<Invocation> {
    const requestId = randomUUID();
    const { environment, log } = this.take(fn);
    log.start(requestId);
    const outcome = limited(await environment.invoke(requestId, payload));
    const tail = log.end(requestId, outcome);
    this.count(fn, outcome);
    if (outcome.ended) this.all.delete(environment);
    else this.keep(fn.name, environment);
    return {
      requestId,
      logTail: tail,
      payload: JSON.parse(outcome.payload) as unknown,
      executedVersion: '$LATEST',
      ...(outcome.error && { functionError: 'Unhandled' }),
    };
  }

  private take(fn: LambdaFunction): { environment: Environment; log: InvocationLog } {
    const warm = this.warm.get(fn.name) ?? [];
    for (let next = warm.pop(); next; next = warm.pop()) {
      clearTimeout(next.timer);
      const log = this.logs.get(next.environment);
      if (next.environment.usable(fn) && log) return { environment: next.environment, log };
      void this.endOne(next.environment, next.timer);
    }
    const environment: Environment = new Environment(this.world, fn, (_stream, at, text) =>
      log.write(at, text),
    );
    const log = new InvocationLog(this.world, fn, environment.logStream);
    this.all.add(environment);
    this.logs.set(environment, log);
    return { environment, log };
  }

  private keep(name: string, environment: Environment): void {
    if (this.ending) {
      void environment.end();
      return;
    }
    const timer = setTimeout(() => {
      const warm = this.warm.get(name) ?? [];
      this.warm.set(
        name,
        warm.filter((one) => one.environment !== environment),
      );
      void this.endOne(environment, timer);
    }, IDLE_MS);
    timer.unref();
    const warm = this.warm.get(name) ?? [];
    warm.push({ environment, timer });
    this.warm.set(name, warm);
  }

  private async endOne(environment: Environment, timer: NodeJS.Timeout): Promise<void> {
    clearTimeout(timer);
    this.all.delete(environment);
    await environment.end();
  }

  private count(fn: LambdaFunction, outcome: Outcome): void {
    const counts = this.counts.get(fn.name) ?? { invocations: 0, coldStarts: 0, errors: 0 };
    counts.invocations++;
    if (outcome.initMs !== undefined) counts.coldStarts++;
    if (outcome.error) counts.errors++;
    this.counts.set(fn.name, counts);
    if (!('metrics' in this.world.ports)) return;
    const dimensions = { FunctionName: fn.name };
    const datum = (name: string, value: number, unit: string) => ({
      namespace: 'AWS/Lambda',
      name,
      dimensions,
      value,
      unit,
    });
    this.world.ports.metrics.put([
      datum('Invocations', 1, 'Count'),
      datum('Errors', outcome.error ? 1 : 0, 'Count'),
      datum('Throttles', 0, 'Count'),
      datum('Duration', outcome.durationMs, 'Milliseconds'),
    ]);
  }
}

function limited(outcome: Outcome): Outcome {
  if (Buffer.byteLength(outcome.payload) <= PAYLOAD_LIMIT) return outcome;
  const error = {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT + 100} bytes).`,
    trace: [],
  };
  const { errorType, errorMessage } = error;
  return { ...outcome, error, payload: JSON.stringify({ errorType, errorMessage }) };
}
