/** WebSockets and other upgrades: once the target agrees, the bytes of both sides are joined. */
import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { page } from './answers.ts';
import { type ForwardOptions, headersFor } from './forward.ts';

export function upgrade(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  options: ForwardOptions,
): void {
  const target = options.targets.choose(options.group);
  if (!target) {
    refuse(client, 503);
    return;
  }
  options.targets.took(target);
  const upstream = net.connect({ host: target.id, port: target.port });
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    target.abort.signal.removeEventListener('abort', end);
    upstream.destroy();
    client.destroy();
    options.targets.gave(target);
  };
  target.abort.signal.addEventListener('abort', end);
  upstream.on('connect', () => {
    const headers = {
      ...headersFor(request, options.port),
      connection: 'Upgrade',
      upgrade: request.headers.upgrade,
    };
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => `${name}: ${one}`),
    );
    upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    upstream.pipe(client);
    client.pipe(upstream);
  });
  upstream.on('error', () => {
    if (!over && upstream.bytesRead === 0) refuse(client, 502);
    end();
  });
  client.on('error', end);
  upstream.on('close', end);
  client.on('close', end);
}

function refuse(client: Duplex, status: number): void {
  const body = page(status);
  client.end(
    `HTTP/1.1 ${status}\r\nserver: awselb/2.0\r\ncontent-type: text/html\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
