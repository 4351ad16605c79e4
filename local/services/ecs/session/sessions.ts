/** The place where sessions are taken up: a WebSocket server that listens while there is one to wait for. */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecOptions, Execution } from '../../../runtimes/runtime.ts';
import { Session } from './session.ts';
import { WebSocket } from './websocket.ts';

/** How long a session waits for its client. */
const WAIT_MS = 60_000;

export class Sessions {
  private readonly now: () => number;
  private server: Promise<http.Server> | undefined;
  private readonly sessions = new Map<string, Session>();

  constructor(now: () => number) {
    this.now = now;
  }

  async open(
    run: (options: ExecOptions) => Execution,
  ): Promise<{ sessionId: string; streamUrl: string; tokenValue: string }> {
    this.server ??= this.listen();
    const { port } = (await this.server).address() as AddressInfo;
    const sessionId = `ecs-execute-command-${randomBytes(9).toString('hex').slice(0, 17)}`;
    const tokenValue = randomBytes(48).toString('base64');
    const lapse = setTimeout(() => session.end(), WAIT_MS);
    lapse.unref();
    const session = new Session({
      id: sessionId,
      token: tokenValue,
      run: (options) => {
        clearTimeout(lapse);
        return run(options);
      },
      now: this.now,
      over: () => {
        clearTimeout(lapse);
        this.sessions.delete(sessionId);
      },
    });
    this.sessions.set(sessionId, session);
    return {
      sessionId,
      streamUrl: `ws://127.0.0.1:${port}/v1/data-channel/${sessionId}?role=publish_subscribe`,
      tokenValue,
    };
  }

  async close(): Promise<void> {
    for (const session of [...this.sessions.values()]) session.end();
    const server = await this.server;
    this.server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private listen(): Promise<http.Server> {
    return new Promise((resolve, reject) => {
      const server = http.createServer((_, response) => response.writeHead(426).end());
      server.on('upgrade', (request, socket) => {
        const id = new URL(request.url ?? '/', 'http://localhost').pathname.split('/').at(-1) ?? '';
        const session = this.sessions.get(id);
        if (!session) {
          socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
          return;
        }
        const accepted = WebSocket.accept(request, socket, {
          message: (data) => session.take(data),
          closed: () => session.detach(),
        });
        if (accepted) session.attach(accepted);
      });
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    });
  }
}
