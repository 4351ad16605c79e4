/**
 * Runs inside an execution environment (a worker thread): loads the handler as Lambda's Node.js runtime does, and calls
 * it for every message. The bundle sees only what it would see there: its environment, `console`, and a context.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import type { EnvironmentData, EnvironmentMessage, FunctionError, InvokeMessage } from './protocol.ts';

type Handler = (
  event: unknown,
  context: object,
  callback: (error?: unknown, result?: unknown) => void,
) => unknown;

const data = workerData as EnvironmentData;
const RealDate = Date;
let virtualNow = data.now;
let requestId = '';

const say = (message: EnvironmentMessage) => parentPort?.postMessage(message);
const now = () => virtualNow ?? RealDate.now();

if (virtualNow !== undefined) globalThis.Date = virtualDate();
redirectOutput();
process.on('uncaughtException', (error) => die(describe(error)));
process.on('unhandledRejection', (reason) => {
  const { errorMessage, trace } = describe(reason);
  die({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage, trace });
});
if (process.env['NODE_OPTIONS']?.includes('--enable-source-maps')) process.setSourceMapsEnabled(true);

const started = performance.now();
let handler: Handler | undefined;
try {
  handler = await load();
  say({ kind: 'ready', initMs: performance.now() - started });
} catch (error) {
  say({ kind: 'init-error', initMs: performance.now() - started, error: describe(error) });
}

parentPort?.on('message', (message: InvokeMessage) => void invoke(message));

async function invoke(message: InvokeMessage): Promise<void> {
  requestId = message.requestId;
  if (message.now !== undefined) virtualNow = message.now;
  if (!handler) return;
  const begun = performance.now();
  const context = {
    awsRequestId: message.requestId,
    functionName: data.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: message.arn,
    memoryLimitInMB: String(data.memoryMb),
    logGroupName: data.logGroup,
    logStreamName: data.logStream,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(message.timeoutMs - (performance.now() - begun))),
  };
  try {
    const result = await call(handler, JSON.parse(message.payload), context);
    const payload = JSON.stringify(result === undefined ? null : result) ?? 'null';
    say({ kind: 'result', payload, memoryBytes: getHeapStatistics().used_heap_size });
  } catch (error) {
    const described = describe(error);
    console.error('Invoke Error', JSON.stringify(described));
    say({ kind: 'error', error: described, memoryBytes: getHeapStatistics().used_heap_size });
  }
}

/** Node.js 24 took callbacks away from handlers; before that, a handler that returns nothing may call one. */
function call(handler: Handler, event: unknown, context: object): Promise<unknown> {
  const major = Number(/\d+/.exec(data.runtime)?.[0] ?? 24);
  if (major >= 24) {
    if (handler.length >= 3) {
      throw named(
        'Runtime.CallbackHandlerDeprecated',
        'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You will need to modify this function to use a supported handler signature to use Node.js 24 or later.',
      );
    }
    return Promise.resolve(handler(event, context, () => {}));
  }
  return new Promise((resolve, reject) => {
    const returned = handler(event, context, (error, result) => (error ? reject(error) : resolve(result)));
    if (returned instanceof Promise || handler.length < 3) Promise.resolve(returned).then(resolve, reject);
  });
}

async function load(): Promise<Handler> {
  const parts = /^(.+)\.([^./]+)$/.exec(data.handler);
  if (!parts) throw named('Runtime.MalformedHandlerName', `Bad handler ${data.handler}`);
  const [, file = '', name = ''] = parts;
  const found = ['.js', '.mjs', '.cjs']
    .map((end) => join(data.code, file + end))
    .find((path) => existsSync(path));
  if (!found) {
    throw named(
      'Runtime.ImportModuleError',
      `Error: Cannot find module '${file}'\nRequire stack:\n- ${data.code}`,
    );
  }
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(found).href)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw named('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw named('Runtime.ImportModuleError', `Error: ${message}`);
  }
  // What a CommonJS module exports is in `default`, and by its names where Node could find them.
  const commonJs = module['default'] as Record<string, unknown> | undefined;
  const exported = module[name] ?? commonJs?.[name];
  if (typeof exported !== 'function') {
    throw named('Runtime.HandlerNotFound', `${data.handler} is undefined or not exported`);
  }
  return exported as Handler;
}

function named(errorType: string, message: string): Error {
  const error = new Error(message);
  error.name = errorType;
  return error;
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error) && !isErrorLike(error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const { name, message, stack } = error as Error;
  return {
    errorType: name || 'Error',
    errorMessage: message,
    trace: (stack ?? `${name}: ${message}`).split('\n'),
  };
}

/** An error of another realm is no `Error` here. */
function isErrorLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
}

function die(error: FunctionError): void {
  console.error('Uncaught Exception', JSON.stringify(error));
  say({ kind: 'error', error, memoryBytes: 0, fatal: true });
  process.exit(129);
}

/** `console` with Lambda's prefix or as JSON; what is written to the streams directly goes out as it is. */
function redirectOutput(): void {
  for (const [method, level] of [
    ['trace', 'TRACE'],
    ['debug', 'DEBUG'],
    ['log', 'INFO'],
    ['info', 'INFO'],
    ['warn', 'WARN'],
    ['error', 'ERROR'],
  ] as const) {
    console[method] = (...values: unknown[]) => {
      const at = now();
      const time = new RealDate(at).toISOString();
      const text =
        data.logFormat === 'JSON'
          ? jsonLine(time, level, values)
          : `${time}\t${requestId || 'undefined'}\t${level}\t${format(...values)}`;
      say({ kind: 'log', at, text });
    };
  }
  const write = (chunk: string | Uint8Array) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    say({ kind: 'log', at: now(), text: text.replace(/\n$/, '') });
    return true;
  };
  process.stdout.write = write as typeof process.stdout.write;
  process.stderr.write = write as typeof process.stderr.write;
}

function jsonLine(timestamp: string, level: string, values: readonly unknown[]): string {
  const line: Record<string, unknown> = { timestamp, level, requestId };
  const [first] = values;
  line['message'] =
    values.length === 1 && typeof first === 'object' && first !== null && !(first instanceof Error)
      ? first
      : format(...values);
  const error = values.find((value) => value instanceof Error);
  if (error) {
    line['errorType'] = error.name;
    line['errorMessage'] = error.message;
    line['stackTrace'] = (error.stack ?? '').split('\n').slice(1);
  }
  return JSON.stringify(line);
}

/** `Date` with the time of a virtual clock, which stands still while a function runs. */
function virtualDate(): DateConstructor {
  return new Proxy(RealDate, {
    construct: (target, values, newTarget) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget) as object,
    apply: () => new RealDate(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
}
