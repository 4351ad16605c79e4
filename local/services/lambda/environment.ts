/** One execution environment: a worker thread that runs one invocation at a time, warm or cold. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { VirtualClock } from '../../clock.ts';
import type { World } from '../../service.ts';
import type { LambdaFunction } from './model.ts';
import type { EnvironmentData, EnvironmentMessage, FunctionError, InvokeMessage } from './protocol.ts';

export interface Outcome {
  /** JSON: the function's result, or the error in Lambda's form. */
  readonly payload: string;
  readonly error?: FunctionError;
  readonly durationMs: number;
  /** Only of a cold start. */
  readonly initMs?: number;
  readonly memoryBytes: number;
  /** Whether the environment is gone: timed out, out of memory, exited. */
  readonly ended: boolean;
}

/** Environments are given new credentials by being replaced, an hour before theirs expire. */
const RENEW_BEFORE_MS = 60 * 60 * 1000;

/** Lambda gives the initialisation ten seconds, whatever the function's own time-out. */
const INIT_MS = 10_000;

export class Environment {
  readonly revision: string;
  readonly logStream: string;
  private readonly fn: LambdaFunction;
  private readonly world: World;
  private readonly worker: Worker;
  private readonly usableUntil: number;
  private readonly onLog: (at: number, text: string) => void;
  private cold = true;
  private initMs = 0;
  private initError: FunctionError | undefined;
  private readonly initialised: Promise<void>;
  /** Takes the next answer of the worker; undefined between invocations. */
  private settle: ((message: EnvironmentMessage | Ended) => void) | undefined;
  private ended: Ended | undefined;

  constructor(
    world: World,
    fn: LambdaFunction,
    onLog: (logStream: string, at: number, text: string) => void,
  ) {
    this.world = world;
    this.fn = fn;
    this.revision = fn.revision;
    const day = new Date(world.clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
    this.logStream = `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
    this.onLog = (at, text) => onLog(this.logStream, at, text);
    const credentials = world.ports.iam.assume(fn.role, fn.name);
    this.usableUntil = credentials.expiration - RENEW_BEFORE_MS;
    const data: EnvironmentData = {
      handler: fn.handler,
      code: fn.code,
      runtime: fn.runtime,
      functionName: fn.name,
      memoryMb: fn.memoryMb,
      logGroup: fn.logGroup,
      logStream: this.logStream,
      logFormat: fn.logFormat,
      ...virtualNow(world),
    };
    this.worker = new Worker(new URL('./bootstrap.ts', import.meta.url), {
      workerData: data,
      env: {
        ...fn.variables,
        ...reservedVariables(world, fn, this.logStream),
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
      },
      // Nothing of the command line either: the options of the embedded AWS are not those of the function.
      execArgv: [],
      argv: [],
      resourceLimits: { maxOldGenerationSizeMb: fn.memoryMb },
    });
    // An idle environment must not keep the process alive.
    this.worker.unref();
    this.initialised = new Promise((resolve) => {
      this.worker.on('message', (message: EnvironmentMessage) => this.hear(message, resolve));
      this.worker.on('error', (error: NodeJS.ErrnoException) => {
        this.ended ??= {
          kind: 'ended',
          reason: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'exit',
        };
      });
      this.worker.on('exit', (code) => {
        this.ended ??= { kind: 'ended', reason: code === 0 ? 'quiet' : 'exit', code };
        resolve();
        this.settle?.(this.ended);
      });
    });
  }

  /** Whether it may run another invocation of this version of the function. */
  usable(fn: LambdaFunction): boolean {
    return !this.ended && fn.revision === this.revision && this.world.clock.now() < this.usableUntil;
  }

  async invoke(requestId: string, payload: string): Promise<Outcome> {
    const wasCold = this.cold;
    this.cold = false;
    await this.initialise();
    const init = wasCold ? { initMs: this.initMs } : {};
    const started = performance.now();
    if (this.initError) return { ...this.failed(this.initError, started, true), ...init };
    const timeoutMs = this.fn.timeoutSeconds * 1000;
    const answer = await this.ask({
      requestId,
      payload,
      arn: this.fn.arn,
      timeoutMs,
      ...virtualNow(this.world),
    });
    if (answer.kind === 'result') {
      const durationMs = performance.now() - started;
      return { payload: answer.payload, durationMs, memoryBytes: answer.memoryBytes, ended: false, ...init };
    }
    const error = answer.kind === 'error' ? answer.error : this.endedError(answer as Ended, requestId);
    const gone = answer.kind !== 'error' || answer.fatal === true;
    return { ...this.failed(error, started, gone), ...init };
  }

  async end(): Promise<void> {
    this.ended ??= { kind: 'ended', reason: 'quiet' };
    await this.worker.terminate();
  }

  private async initialise(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.initError = {
          errorType: 'Sandbox.Timedout',
          errorMessage: `RequestId: ${randomUUID()} Error: Task timed out after ${(INIT_MS / 1000).toFixed(2)} seconds`,
          trace: [],
        };
        resolve();
      }, INIT_MS);
    });
    await Promise.race([this.initialised, late]);
    clearTimeout(timer);
  }

  /** Real time even where the clock is virtual: that stands still while a function runs. */
  private ask(message: InvokeMessage): Promise<EnvironmentMessage | Ended> {
    return new Promise((resolve) => {
      if (this.ended) return resolve(this.ended);
      const timer = setTimeout(() => {
        this.ended = { kind: 'ended', reason: 'timeout' };
        void this.worker.terminate();
      }, message.timeoutMs);
      this.worker.ref();
      this.settle = (answer) => {
        clearTimeout(timer);
        this.settle = undefined;
        this.worker.unref();
        resolve(answer);
      };
      this.worker.postMessage(message);
    });
  }

  private hear(message: EnvironmentMessage, initialised: () => void): void {
    if (message.kind === 'log') this.onLog(message.at, message.text);
    else if (message.kind === 'result' || message.kind === 'error') this.settle?.(message);
    else {
      this.initMs = message.initMs;
      if (message.kind === 'init-error') this.initError = message.error;
      initialised();
    }
  }

  private failed(error: FunctionError, started: number, ended: boolean): Outcome {
    if (ended) void this.end();
    // Errors of the sandbox itself have no trace.
    const body = error.trace.length > 0 || !error.errorType.includes('.') ? error : withoutTrace(error);
    return {
      payload: JSON.stringify(body),
      error,
      durationMs: performance.now() - started,
      memoryBytes: 0,
      ended,
    };
  }

  private endedError({ reason, code }: Ended, requestId: string): FunctionError {
    if (reason === 'timeout') {
      const seconds = this.fn.timeoutSeconds.toFixed(2);
      return {
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
        trace: [],
      };
    }
    const why = {
      memory: 'Runtime exited with error: signal: killed',
      quiet: 'Runtime exited without providing a reason',
      exit: `Runtime exited with error: exit status ${code ?? 1}`,
    }[reason];
    return {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: ${why}`,
      trace: [],
    };
  }
}

interface Ended {
  readonly kind: 'ended';
  readonly reason: 'timeout' | 'memory' | 'quiet' | 'exit';
  readonly code?: number;
}

function withoutTrace({ errorType, errorMessage }: FunctionError) {
  return { errorType, errorMessage };
}

function virtualNow(world: World): { now?: number } {
  return world.clock instanceof VirtualClock ? { now: world.clock.now() } : {};
}

/** What Lambda sets itself. Nothing of the host's environment is among it, nor a way to the host's credentials. */
function reservedVariables(world: World, fn: LambdaFunction, logStream: string): Record<string, string> {
  return {
    _HANDLER: fn.handler,
    AWS_DEFAULT_REGION: world.region,
    AWS_ENDPOINT_URL: world.endpoint,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_REGION: world.region,
    LAMBDA_TASK_ROOT: fn.code,
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
