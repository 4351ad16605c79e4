/** The console's server: this machine only, and only for a page that it has served itself. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asProblem } from './problem.ts';
import { type Asked, route } from './routes.ts';
import { Refused, type Source } from './source.ts';

/** The page's files by path; `/` has a place for the token. */
export type Files = Readonly<Record<string, { readonly type: string; readonly body: string }>>;

export interface ServerOptions {
  readonly source: Source;
  /** Called with the token that actions have to carry. */
  readonly files: (token: string) => Files;
  /** 0 for any free one. */
  readonly port: number;
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** A request of the page is some hundred characters. */
const BODY_LIMIT = 16_384;
/** A page that takes nothing any more is let go; it connects again when it wakes up. */
const BEHIND_LIMIT = 4_000_000;

export async function serve({ source, files, port }: ServerOptions) {
  const token = randomBytes(24).toString('base64url');
  const served = files(token);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://console');
    answer(request, response, { source, served, token }).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const part = pathname.split('/').findLast((word) => /^[a-z]+$/.test(word)) ?? 'page';
      const { status, problem } = asProblem(error, part);
      json(response, status, problem);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Serving {
  readonly source: Source;
  readonly served: Files;
  readonly token: string;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { source, served, token }: Serving,
): Promise<void> {
  // A name that resolves to this machine would otherwise let a foreign page read ours (DNS rebinding).
  const host = `127.0.0.1:${request.socket.localPort}`;
  if (request.headers.host !== host) throw forbidden(`This is ${host} only.`);
  const foreign = request.headers['sec-fetch-site'] ?? 'none';
  const url = new URL(request.url ?? '/', `http://${host}`);
  const asksData = url.pathname.startsWith('/api/');
  if (asksData && foreign !== 'none' && foreign !== 'same-origin')
    throw forbidden('Only the console itself may ask.');
  if (request.method === 'POST') {
    const own = request.headers.origin === `http://${host}` && request.headers['x-csrf-token'] === token;
    if (!own || request.headers['content-type'] !== 'application/json')
      throw forbidden('Only the console itself may act.');
  } else if (request.method !== 'GET')
    throw refused(405, 'Only GET and POST are answered.', 'Use the page, or the command.');
  if (!asksData) return file(response, served, url.pathname);
  const asked: Asked = {
    method: request.method,
    path: url.pathname.slice('/api/'.length).split('/').map(decodeURIComponent),
    query: url.searchParams,
    body: request.method === 'POST' ? await bodyOf(request) : undefined,
  };
  if (asked.method === 'GET' && asked.path[0] === 'events') return events(response, source, asked.query);
  json(response, 200, await route(asked, source));
}

/** Addresses of pages have no dot: all of them are the one page. */
function file(response: ServerResponse, served: Files, pathname: string): void {
  const found = served[pathname] ?? (pathname.includes('.') ? undefined : served['/']);
  if (!found) throw refused(404, `There is no ${pathname}.`, 'The page starts at /.');
  response.writeHead(200, { ...HEADERS, 'content-type': found.type }).end(found.body);
}

function events(response: ServerResponse, source: Source, query: URLSearchParams): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
  // The page's connection counts as open from the first byte on.
  response.write(': the console\n\n');
  const stop = source.follow(query.get('deployment') ?? undefined, (event) => {
    if (response.writableLength > BEHIND_LIMIT) return response.destroy();
    response.write(`event: live\ndata: ${JSON.stringify(event)}\n\n`);
  });
  response.once('close', stop);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > BODY_LIMIT)
      throw refused(413, 'The request is too long.', 'Give a reason of at most 500 characters.');
  }
  try {
    return JSON.parse(text || '{}');
  } catch {
    throw refused(400, 'The request is not JSON.', 'Load the page again.');
  }
}

const refused = (status: number, sentence: string, remedy: string) =>
  new Refused(status, { part: 'page', sentence, remedy });
const forbidden = (sentence: string) =>
  refused(403, sentence, 'Load the page again, by the address that the command printed.');

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(body));
}
