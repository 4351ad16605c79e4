/**
 * The one HTTP port of the embedded AWS. It opens before any service exists, so that services can be told its address;
 * until `serve` it answers 503.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Route, Service, World } from '../service.ts';
import { Front } from './front.ts';

export interface Endpoint {
  readonly url: string;
  readonly port: number;
  serve(world: World, services: ReadonlyMap<string, Service>, extraRoutes?: readonly Route[]): void;
  /** Ends every connection, answered or not. */
  close(): Promise<void>;
}

/** Opens the port (0: any free one). Rejects with one clear sentence where it is in use. */
export async function openEndpoint(port: number): Promise<Endpoint> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => {
    response.writeHead(503, { 'retry-after': '1' }).end('The embedded AWS is starting.\n');
  };
  const server = createServer((request, response) => handle(request, response));
  // Uploads and followed logs may take as long as they like.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    serve(world, services, extraRoutes = []) {
      const front = new Front(world, services, extraRoutes);
      handle = (request, response) => void front.handle(request, response);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portError(error: NodeJS.ErrnoException, port: number): Error {
  const sentence: Record<string, string> = {
    EADDRINUSE: `Port ${port} of 127.0.0.1 is in use. Choose another with --port, or end what listens there.`,
    EACCES: `Port ${port} may not be opened by this user. Choose one above 1023 with --port.`,
  };
  const { code = '' } = error;
  return Object.assign(new Error(sentence[code] ?? error.message, { cause: error }), { code, port });
}
