/** What the load balancer itself answers, in the words and form of an Application Load Balancer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';

const TITLES: Readonly<Record<number, string>> = {
  400: '400 Bad Request',
  404: '404 Not Found',
  500: '500 Internal Server Error',
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
};

export function page(status: number): string {
  const title = TITLES[status] ?? String(status);
  return [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${title}</h1></center>`,
    '</body>',
    '</html>',
    '',
  ].join('\r\n');
}

export function fail(response: ServerResponse, status: number): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = page(status);
  response.writeHead(status, {
    server: 'awselb/2.0',
    'content-type': 'text/html',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

export function fixed(response: ServerResponse, config: elb.FixedResponseActionConfig): number {
  const status = Number(config.StatusCode ?? 200);
  response.writeHead(status, {
    server: 'awselb/2.0',
    'content-type': config.ContentType ?? 'text/plain; charset=utf-8',
  });
  response.end(config.MessageBody ?? '');
  return status;
}

/** `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` stand for the request's own parts. */
export function redirect(
  request: IncomingMessage,
  response: ServerResponse,
  config: elb.RedirectActionConfig,
  port: number,
): number {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const own: Record<string, string> = {
    protocol: 'http',
    host: (request.headers.host ?? 'localhost').replace(/:\d+$/, ''),
    port: String(port),
    path: url.pathname.slice(1),
    query: url.search.slice(1),
  };
  const fill = (text: string) => text.replace(/#\{(\w+)\}/g, (_, name: string) => own[name] ?? '');
  const query = fill(config.Query ?? '#{query}');
  const place = `${fill(config.Protocol ?? '#{protocol}').toLowerCase()}://${fill(config.Host ?? '#{host}')}`;
  const location = `${place}:${fill(config.Port ?? '#{port}')}${fill(config.Path ?? '/#{path}')}`;
  const status = config.StatusCode === 'HTTP_301' ? 301 : 302;
  response.writeHead(status, {
    server: 'awselb/2.0',
    location: query ? `${location}?${query}` : location,
    'content-length': 0,
  });
  response.end();
  return status;
}
