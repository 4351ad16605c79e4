/**
 * What EventBridge and Scheduler do alike: call a target as a role, try again for a while, and put what nobody took
 * into the target's dead-letter queue.
 */
import type { World } from './service.ts';
import { AwsError, type Principal } from './service.ts';
import type { Collection } from './store.ts';

export interface Delivery {
  /** For messages: `rule lockstep-ended`, `schedule default/nightly`. */
  readonly what: string;
  readonly targetArn: string;
  /** How often it is tried again, and for how long in all (milliseconds). */
  readonly retries: number;
  readonly maxAge: number;
  readonly deadLetterArn?: string | undefined;
  /** What the dead-letter queue gets: the event or the input. */
  readonly body: string;
  /** `attempt` counts from 1. */
  send(attempt: number): Promise<void>;
}

export interface DeadLetter {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly body: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly targetArn: string;
}

const LONGEST_PAUSE_MS = 60_000;
const KEPT_LETTERS = 100;

export class Deliveries {
  private readonly world: World;
  private readonly stopped = new AbortController();

  constructor(world: World) {
    this.world = world;
  }

  stop(): void {
    this.stopped.abort(new Error('The embedded AWS stops.'));
  }

  /** Returns at once. What happens while the embedded AWS ends goes nowhere. */
  deliver(delivery: Delivery): void {
    if (this.stopped.signal.aborted) return;
    void this.attempt(delivery).catch((error: Error) => {
      if (!this.stopped.signal.aborted) this.bury(delivery, error);
    });
  }

  /**
   * As an asynchronous invocation: resolves when the function is known to exist. A function that fails is invoked twice
   * more, after one and after two minutes, which is Lambda's affair and nobody's here to hear of.
   */
  async invoke(functionArn: string, payload: unknown): Promise<void> {
    const answer = await this.world.ports.lambda.invoke(functionArn, payload, this.stopped.signal);
    if (answer.functionError === undefined) return;
    void this.invokeAgain(functionArn, payload, [60_000, 120_000]).catch(() => {});
  }

  private async invokeAgain(functionArn: string, payload: unknown, pauses: readonly number[]): Promise<void> {
    for (const pause of pauses) {
      await this.world.clock.sleep(pause, this.stopped.signal);
      const again = this.world.ports.lambda.invoke(functionArn, payload, this.stopped.signal);
      if ((await this.world.clock.during(again)).functionError === undefined) return;
    }
  }

  private async attempt(delivery: Delivery): Promise<void> {
    const until = this.world.clock.now() + delivery.maxAge;
    for (let tries = 0; ; tries++) {
      try {
        await this.world.clock.during(delivery.send(tries + 1));
        return;
      } catch (error) {
        const pause = Math.min(1000 * 2 ** tries, LONGEST_PAUSE_MS);
        const late = this.world.clock.now() + pause > until;
        if (isFinal(error) || tries >= delivery.retries || late) throw error;
        await this.world.clock.sleep(pause, this.stopped.signal);
      }
    }
  }

  private bury(delivery: Delivery, error: Error): void {
    const { deadLetterArn } = delivery;
    this.world.say(`${delivery.what}: ${delivery.targetArn} was not reached: ${error.message}`);
    if (deadLetterArn === undefined) return;
    const queues = lettersOf(this.world);
    const letter: DeadLetter = {
      at: this.world.clock.now(),
      body: delivery.body,
      errorCode: error instanceof AwsError ? error.code : 'SDK_CLIENT_ERROR',
      errorMessage: error.message,
      targetArn: delivery.targetArn,
    };
    const letters = [...(queues.get(deadLetterArn) ?? []), letter].slice(-KEPT_LETTERS);
    queues.set(deadLetterArn, letters);
    // There is no SQS here, but an alarm on its queue still goes off.
    this.world.ports.metrics.put([
      {
        namespace: 'AWS/SQS',
        name: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: deadLetterArn.split(':').at(-1) ?? '' },
        value: letters.length,
        unit: 'Count',
      },
    ]);
  }
}

/** What lies in a dead-letter queue, oldest first: for tests and for people; no operation of AWS gives it here. */
export function deadLetters(world: World, queueArn: string): readonly DeadLetter[] {
  return lettersOf(world).get(queueArn) ?? [];
}

function lettersOf(world: World): Collection<DeadLetter[]> {
  return world.store('dead-letters').collection<DeadLetter[]>('queues');
}

/** The role as which a service calls a target; throws where the role does not trust that service. */
export function principalOfRole(world: World, roleArn: string, service: string, session: string): Principal {
  const { iam } = world.ports;
  if (!iam.trusts(roleArn, service)) {
    throw new AwsError(
      'AccessDeniedException',
      `The role ${roleArn} does not exist or does not trust ${service}.`,
    );
  }
  const principal = iam.principalOf(iam.assume(roleArn, session).accessKeyId);
  if (!principal) throw new AwsError('AccessDeniedException', `The role ${roleArn} could not be assumed.`);
  return principal;
}

/** A caller's mistake will not mend itself; too many calls, or a fault of the target, may. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof AwsError)) return false;
  return error.status < 500 && !/Throttl|TooManyRequests|LimitExceeded|RequestLimit/.test(error.code);
}
