/** Asynchronous invocations: accepted at once, tried again after a minute and after two more, then given up. */
import type { Timer } from '../../clock.ts';
import type { Functions, LambdaFunction } from './model.ts';
import type { Pool } from './pool.ts';

const RETRY_AFTER_MS = [60_000, 120_000];

export class Asynchronous {
  private readonly functions: Functions;
  private readonly pool: Pool;
  private readonly timers = new Set<Timer>();

  constructor(functions: Functions, pool: Pool) {
    this.functions = functions;
    this.pool = pool;
  }

  accept(fn: LambdaFunction, payload: string): void {
    void this.attempt(fn, payload, 0, this.functions.world.clock.now());
  }

  close(): void {
    for (const timer of this.timers) timer.cancel();
  }

  private async attempt(fn: LambdaFunction, payload: string, tried: number, accepted: number): Promise<void> {
    const { world } = this.functions;
    try {
      const { functionError, payload: answer } = await this.pool.invoke(fn, payload);
      if (functionError === undefined) return;
      const config = this.functions.invokeConfigs.get(fn.name);
      const delay = RETRY_AFTER_MS[tried];
      const late = world.clock.now() - accepted + (delay ?? 0) > (config?.maximumAgeSeconds ?? 21_600) * 1000;
      if (delay === undefined || tried >= (config?.retries ?? 2) || late) {
        await this.giveUp(fn, payload, answer, config?.onFailure);
        return;
      }
      const timer = world.clock.after(delay, () => {
        this.timers.delete(timer);
        void this.attempt(fn, payload, tried + 1, accepted);
      });
      this.timers.add(timer);
    } catch (error) {
      world.say(`lambda: the asynchronous invocation of ${fn.name} is lost: ${(error as Error).message}`);
    }
  }

  /** Failed events go to the destination with the function's own role, as in AWS. */
  private async giveUp(
    fn: LambdaFunction,
    payload: string,
    answer: unknown,
    destination: string | undefined,
  ): Promise<void> {
    const { world } = this.functions;
    const message = JSON.stringify({
      version: '1.0',
      timestamp: new Date(world.clock.now()).toISOString(),
      requestContext: { functionArn: `${fn.arn}:$LATEST`, condition: 'RetriesExhausted' },
      requestPayload: JSON.parse(payload) as unknown,
      responsePayload: answer,
    });
    if (destination?.includes(':sns:')) {
      const principal = { arn: fn.role, roleArn: fn.role };
      const input = { TopicArn: destination, Message: message };
      await world.ports.dispatch.call('sns', 'Publish', input, principal);
    } else {
      world.say(`lambda: ${fn.name} failed for good: ${message}`);
    }
  }
}
