/** Sends what a protocol has encoded. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WireResponse } from './wire.ts';

export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  wire: WireResponse,
): Promise<void> {
  // What is left of a refused upload must be read, or the client would see its connection break instead of an answer.
  if (!request.readableEnded) request.resume();
  const { body, status, headers } = wire;
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
    if (status !== 304 && status !== 204) headers['content-length'] ??= String(bytes.length);
    response.writeHead(status, headers);
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return;
  }
  response.writeHead(status, headers);
  try {
    await pipeline(Readable.from(body), response);
  } catch {
    // The client went away, or the source broke off: the missing end tells the client.
    response.destroy();
  }
}
