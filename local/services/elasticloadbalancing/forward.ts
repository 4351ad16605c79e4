/**
 * Sends one request to a target and its answer back, streaming both ways.
 *
 * Another target is tried only where the first cannot have begun to work on the request: its connection was
 * refused, or a connection that had been kept open turned out to be closed and the request is one that may be
 * sent twice (GET, HEAD, OPTIONS without a body). Everything else is answered as a load balancer answers it: 502
 * for a broken connection, 504 for silence, 503 where no target is healthy.
 */
import { randomBytes } from 'node:crypto';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { fail } from './answers.ts';
import type { Target, Targets } from './targets.ts';

/** An Application Load Balancer gives up on a connection after this. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Several connections in a row may have been closed by the target; more than this is no race any more. */
const MOST_ATTEMPTS = 5;

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
]);

export interface Outcome {
  /** The load balancer's own status where no target answered. */
  readonly elbStatus?: number;
  readonly targetStatus?: number;
  readonly target?: Target;
  /** Seconds from the request's leaving to the first byte of the answer's head. */
  readonly responseTime?: number;
}

export interface ForwardOptions {
  readonly targets: Targets;
  readonly group: string;
  /** Port of the listener, for `X-Forwarded-Port`. */
  readonly port: number;
  /** Milliseconds without a byte after which a connection is given up. */
  readonly idleTimeout: number;
}

export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  options: ForwardOptions,
): Promise<Outcome> {
  const tried = new Set<Target>();
  let attempts = 0;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const attempt = (status: number, sameMayDo?: Target) => {
    if (sameMayDo) tried.delete(sameMayDo);
    const target = attempts++ < MOST_ATTEMPTS ? options.targets.choose(options.group, tried) : undefined;
    if (!target) {
      // Nothing left to try: what the last try ended with, or 503 where there was none.
      fail(response, status);
      resolve({ elbStatus: status });
      return;
    }
    tried.add(target);
    if (target.answer) void answerOf(target.answer, request, response, target, options, attempt, resolve);
    else send(request, response, target, options, attempt, resolve);
  };
  attempt(503);
  return promise;
}

/** A target without a socket (the simulated runtime): nothing may leave for its address, which may be somebody's. */
async function answerOf(
  ask: NonNullable<Target['answer']>,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  { targets }: ForwardOptions,
  again: (status: number) => void,
  done: (outcome: Outcome) => void,
): Promise<void> {
  request.resume();
  targets.took(target);
  const answer = await ask(target.port, request.url ?? '/');
  targets.gave(target);
  if (typeof answer !== 'object') return again(answer === 'timeout' ? 504 : 502);
  response.writeHead(answer.status).end();
  done({ targetStatus: answer.status, target, responseTime: 0 });
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  options: ForwardOptions,
  again: (status: number, sameMayDo?: Target) => void,
  done: (outcome: Outcome) => void,
): void {
  const begun = performance.now();
  const hasBody = request.headers['content-length'] !== undefined || 'transfer-encoding' in request.headers;
  const repeatable = !hasBody && ['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '');
  let connected = false;
  let over = false;

  options.targets.took(target);
  const upstream = http.request({
    host: target.id,
    port: target.port,
    method: request.method,
    path: request.url,
    headers: headersFor(request, options.port),
    // A request that may not be sent twice gets a connection of its own, so that it cannot meet one that the
    // target is closing just now.
    agent: repeatable ? target.agent : false,
    setHost: false,
  });

  const finish = (next: () => void) => {
    if (over) return;
    over = true;
    target.abort.signal.removeEventListener('abort', onDelayOver);
    response.off('close', onClientGone);
    options.targets.gave(target);
    next();
  };
  const refuse = (status: number) =>
    finish(() => {
      request.unpipe();
      fail(response, status);
      done({ elbStatus: status, target });
    });
  const onDelayOver = () => upstream.destroy(new Error('deregistration delay over'));
  const onClientGone = () => {
    if (!response.writableFinished) {
      upstream.destroy();
      finish(() => done({ elbStatus: 460, target }));
    }
  };
  target.abort.signal.addEventListener('abort', onDelayOver);
  response.on('close', onClientGone);

  upstream.on('socket', (socket) => {
    const ready = () => {
      connected = true;
      upstream.setTimeout(options.idleTimeout);
      // The body leaves only when there is a connection: one that was refused has cost nothing of it.
      if (hasBody) request.pipe(upstream);
      else upstream.end();
    };
    if (!socket.connecting) return ready();
    upstream.setTimeout(CONNECT_TIMEOUT_MS);
    socket.once('connect', ready);
  });
  upstream.on('timeout', () => {
    upstream.destroy();
    refuse(504);
  });
  upstream.on('error', (error) => {
    const code = (error as NodeJS.ErrnoException).code;
    if (response.headersSent) {
      finish(() => {
        response.destroy();
        done({ elbStatus: 502, target });
      });
    } else if (!connected) finish(() => again(502));
    else if (upstream.reusedSocket && repeatable && code !== 'ETIMEDOUT') finish(() => again(502, target));
    else refuse(502);
  });
  upstream.on('response', (answer) => {
    const responseTime = (performance.now() - begun) / 1000;
    const targetStatus = answer.statusCode ?? 502;
    response.writeHead(targetStatus, answer.statusMessage, endToEnd(answer.rawHeaders));
    // Server-sent events and other slow bodies: the head goes out although no byte of the body is there.
    response.flushHeaders();
    answer.pipe(response);
    answer.on('error', () => response.destroy());
    answer.on('aborted', () => response.destroy());
    response.on('finish', () => finish(() => done({ targetStatus, target, responseTime })));
    response.on('close', () => finish(() => done({ targetStatus, target, responseTime })));
  });
}

export function headersFor(request: IncomingMessage, port: number): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers))
    if (!HOP_BY_HOP.has(name)) headers[name] = value;
  const client = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1';
  const before = request.headers['x-forwarded-for'];
  headers['x-forwarded-for'] = before ? `${before}, ${client}` : client;
  headers['x-forwarded-proto'] ??= 'http';
  headers['x-forwarded-port'] ??= String(port);
  headers['x-amzn-trace-id'] ??=
    `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
  return headers;
}

/** The answer's headers as they came, in their order and spelling, without those that concern one connection only. */
function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && lower !== 'transfer-encoding') kept.push(name, raw[i + 1] as string);
  }
  return kept;
}
