/** The console's server: this machine only, and only for a page that it has served itself. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requestCancel } from '../../aws/journal.ts';
import { type Page, page } from './page.ts';
import { type Place, readDeployment, readHistory, readTargets } from './reading.ts';

export interface ConsoleOptions {
  readonly places: readonly Place[];
  /** 0 for any free one. */
  readonly port: number;
  /** Milliseconds between two looks at the journal while a page is open. */
  readonly interval: number;
  /** Whose name an action is recorded under. */
  readonly requester: string;
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

export async function serveConsole(options: ConsoleOptions) {
  const token = randomBytes(24).toString('base64url');
  const served = await page(token);
  const server = createServer((request, response) => {
    answer(request, response, options, served, token).catch((error: Error) => {
      if (response.headersSent) return response.end();
      json(response, 502, { problem: error.message });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ConsoleOptions,
  served: Page,
  token: string,
): Promise<void> {
  // A name that resolves to this machine would otherwise let a foreign page read ours (DNS rebinding).
  const host = `127.0.0.1:${request.socket.localPort}`;
  if (request.headers.host !== host) return json(response, 403, { problem: `This is ${host} only.` });
  const { pathname } = new URL(request.url ?? '/', `http://${host}`);
  if (request.method === 'POST') {
    const own = request.headers.origin === `http://${host}` && request.headers['x-csrf-token'] === token;
    if (!own)
      return json(response, 403, { problem: 'Only the console itself may act. Load the page again.' });
    return cancel(response, options, pathname);
  }
  if (request.method !== 'GET') return json(response, 405, { problem: 'Only GET and POST.' });
  const file = served[pathname];
  if (file) return void response.writeHead(200, { ...HEADERS, 'content-type': file.type }).end(file.body);
  const { places } = options;
  if (pathname === '/api/now') {
    const where = places.map(({ environment, account, region }) => ({ environment, account, region }));
    return json(response, 200, { places: where, targets: await readTargets(places) });
  }
  if (pathname === '/api/history') return json(response, 200, await readHistory(places));
  if (pathname === '/api/events') return events(response, options);
  const id = /^\/api\/deployment\/([\w-]+)$/.exec(pathname)?.[1];
  const found = id ? await readDeployment(places, id) : undefined;
  if (found) return json(response, 200, found.entry);
  json(response, 404, { problem: id ? `There is no deployment ${id}.` : 'There is nothing here.' });
}

async function cancel(response: ServerResponse, options: ConsoleOptions, pathname: string): Promise<void> {
  const id = /^\/api\/deployment\/([\w-]+)\/cancel$/.exec(pathname)?.[1];
  const found = id ? await readDeployment(options.places, id) : undefined;
  if (!id || !found) return json(response, 404, { problem: 'There is no such deployment or action.' });
  const asked = await requestCancel(found.place.journal, found.entry.target, id, options.requester);
  if (asked) return json(response, 202, {});
  json(response, 409, { problem: `Deployment ${id} does not run any more.` });
}

/** Says when something has changed, and with every look that it has looked, so that the page knows when it is stale. */
function events(response: ServerResponse, { places, interval }: ConsoleOptions): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
  let before = '';
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    const targets = await readTargets(places);
    const now = JSON.stringify(targets);
    if (!targets.some(({ problem }) => problem)) response.write('event: read\ndata: 1\n\n');
    if (now !== before) response.write('event: changed\ndata: 1\n\n');
    before = now;
    if (!response.destroyed) timer = setTimeout(look, interval);
  };
  response.on('close', () => clearTimeout(timer));
  void look();
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(body));
}
