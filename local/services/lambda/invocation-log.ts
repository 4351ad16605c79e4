/** What Lambda writes about an invocation, around what the function writes itself. */
import type { LogLine } from '../../ports.ts';
import { AwsError, type World } from '../../service.ts';
import type { Outcome } from './environment.ts';
import type { LambdaFunction } from './model.ts';

const TAIL_BYTES = 4096;

export class InvocationLog {
  private readonly world: World;
  private readonly fn: LambdaFunction;
  private readonly stream: string;
  private lines: string[] = [];
  /** Lambda writes with the function's role; without the permission the log is silently lost, as in AWS. */
  private readonly allowed: boolean;

  constructor(world: World, fn: LambdaFunction, stream: string) {
    this.world = world;
    this.fn = fn;
    this.stream = stream;
    this.allowed = this.mayWrite();
  }

  start(requestId: string): void {
    this.lines = [];
    const at = this.world.clock.now();
    if (this.fn.logFormat === 'JSON') {
      this.platform(at, 'platform.start', { requestId, version: '$LATEST' });
    } else {
      this.write(at, `START RequestId: ${requestId} Version: $LATEST`);
    }
  }

  write(at: number, text: string): void {
    this.lines.push(text);
    if (!this.allowed) return;
    const lines: LogLine[] = [{ timestamp: Math.floor(at), message: text }];
    this.world.ports.logs.append(this.fn.logGroup, this.stream, lines);
  }

  /** Returns the end of the log. */
  end(requestId: string, outcome: Outcome): string {
    const at = this.world.clock.now();
    const used = Math.max(1, Math.ceil(outcome.memoryBytes / 2 ** 20));
    const billed = Math.ceil(outcome.durationMs + (outcome.initMs ?? 0));
    if (this.fn.logFormat === 'JSON') {
      this.platform(at, 'platform.report', {
        requestId,
        status: statusOf(outcome),
        ...(outcome.error && { errorType: outcome.error.errorType }),
        metrics: {
          durationMs: rounded(outcome.durationMs),
          billedDurationMs: billed,
          memorySizeMB: this.fn.memoryMb,
          maxMemoryUsedMB: used,
          ...(outcome.initMs !== undefined && { initDurationMs: rounded(outcome.initMs) }),
        },
      });
    } else {
      if (outcome.error?.errorType === 'Sandbox.Timedout') {
        const time = new Date(at).toISOString();
        this.write(
          at,
          `${time} ${requestId} Task timed out after ${this.fn.timeoutSeconds.toFixed(2)} seconds`,
        );
      }
      this.write(at, `END RequestId: ${requestId}`);
      const init = outcome.initMs === undefined ? '' : `Init Duration: ${outcome.initMs.toFixed(2)} ms\t`;
      const error =
        outcome.ended && outcome.error
          ? `Status: ${statusOf(outcome)}\tError Type: ${outcome.error.errorType}`
          : '';
      this.write(
        at,
        `REPORT RequestId: ${requestId}\tDuration: ${outcome.durationMs.toFixed(2)} ms\t` +
          `Billed Duration: ${billed} ms\tMemory Size: ${this.fn.memoryMb} MB\tMax Memory Used: ${used} MB\t${init}${error}`,
      );
    }
    return Buffer.from(this.lines.join('\n')).subarray(-TAIL_BYTES).toString('utf8');
  }

  private platform(at: number, type: string, record: object): void {
    this.write(at, JSON.stringify({ time: new Date(at).toISOString(), type, record }));
  }

  private mayWrite(): boolean {
    const { world, fn } = this;
    if (!('logs' in world.ports)) return false;
    const group = `arn:aws:logs:${world.region}:${world.account}:log-group:${fn.logGroup}`;
    const principal = { arn: fn.role, roleArn: fn.role };
    try {
      world.ports.iam.authorize(principal, [
        { action: 'logs:CreateLogStream', resource: `${group}:log-stream:${this.stream}` },
        { action: 'logs:PutLogEvents', resource: `${group}:log-stream:${this.stream}` },
      ]);
      return true;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      world.say(`lambda: the log of ${fn.name} is lost: ${error.message}`);
      return false;
    }
  }
}

function statusOf(outcome: Outcome): string {
  if (!outcome.error) return 'success';
  return outcome.error.errorType === 'Sandbox.Timedout' ? 'timeout' : 'error';
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
