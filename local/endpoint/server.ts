/**
 * The one HTTP port of the embedded AWS. It opens before any service exists, so that services can be told its address;
 * until `serve` it answers 503.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsError, type Principal, type Route, type Service, type World } from '../service.ts';
import { readStream, readWhole } from './body.ts';
import { rpcv2Cbor } from './cbor.ts';
import { missingMembers, missingSentence } from './check.ts';
import { notEmulated, perform } from './dispatch.ts';
import { asAwsError, commonError, inProtocol } from './errors.ts';
import {
  bucketOf,
  isExpired,
  isForeignPage,
  operationName,
  plainHeaders,
  protocolOf,
  signedBy,
} from './identify.ts';
import { awsJson } from './json.ts';
import { modelOf, type OperationModel, type Protocol, type ServiceModel } from './model.ts';
import { awsQuery } from './query.ts';
import { restJson1, restXml } from './rest.ts';
import { routeRest } from './route.ts';
import type { WireProtocol, WireRequest, WireResponse } from './wire.ts';

const PROTOCOLS: Record<Protocol, WireProtocol> = {
  awsJson1_0: awsJson('1.0'),
  awsJson1_1: awsJson('1.1'),
  awsQuery,
  restJson1,
  restXml,
  rpcv2Cbor,
};

const EVENT_STREAM = 'application/vnd.amazon.eventstream';

/** Services that have one endpoint for the world, signed for us-east-1 whatever the region. */
const GLOBAL = new Set(['iam', 'sts']);

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

class Front {
  private readonly world: World;
  private readonly models: ReadonlyMap<string, ServiceModel>;
  private readonly routes: readonly Route[];

  constructor(world: World, services: ReadonlyMap<string, Service>, extraRoutes: readonly Route[]) {
    this.world = world;
    this.models = new Map([...services].map(([name, service]) => [name, modelOf(service)]));
    this.routes = [...extraRoutes, ...[...services.values()].flatMap((service) => service.routes ?? [])].sort(
      (a, b) => b.prefix.length - a.prefix.length,
    );
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    response.sendDate = false;
    response.setHeader('date', new Date(this.world.clock.now()).toUTCString());
    try {
      const endless = await this.world.clock.during(this.answer(request, response));
      // A followed stream lasts as long as somebody looks: a virtual clock must not stand still for it.
      if (endless) await send(request, response, endless);
    } catch (error) {
      this.world.say(`endpoint: ${error instanceof Error ? error.stack : String(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  }

  /** Answers, but for an event stream: that is returned, to be sent without holding the clock. */
  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<WireResponse | undefined> {
    const url = request.url ?? '/';
    const headers = plainHeaders(request);
    if (isForeignPage(headers)) {
      response.writeHead(403).end('Web pages of other origins may not call the embedded AWS.\n');
      return undefined;
    }
    const route = this.routes.find(({ prefix }) => url.startsWith(prefix));
    if (route) {
      await route.handle(request, response);
      return undefined;
    }
    const wire = await this.call(request, headers, url);
    if (wire.headers['content-type'] === EVENT_STREAM) return wire;
    await send(request, response, wire);
    return undefined;
  }

  private async call(
    request: IncomingMessage,
    headers: Readonly<Record<string, string>>,
    url: string,
  ): Promise<WireResponse> {
    const requestId = randomUUID();
    const [rawPath, search] = splitOnce(url, '?');
    const query = new URLSearchParams(search);
    const signed = signedBy(headers, query);
    const target = headers['x-amz-target']?.split('.').slice(0, -1).join('.');
    const model =
      this.models.get(signed?.signingName ?? '') ??
      [...this.models.values()].find((candidate) => target && candidate.target === target);
    const protocol = protocolOf(headers, model);
    const speak = PROTOCOLS[protocol];
    const refuse = (error: AwsError) => speak.encodeError(model, inProtocol(error, protocol), requestId);
    try {
      if (!signed) {
        throw commonError('unsigned', 'Request is missing Authentication Token', protocol);
      }
      if (!model)
        throw notEmulated(signed.signingName, headers['x-amz-target'] ?? `${request.method} ${rawPath}`);
      this.checkRegion(signed.region, model);
      if (isExpired(query, this.world.clock.now())) {
        throw commonError('accessDenied', 'Request has expired', protocol);
      }
      const principal = this.principal(signed.accessKeyId, signed.sessionToken, protocol);
      const located = model.protocol === 'restXml' ? bucketOf(headers['host'] ?? '', rawPath) : undefined;
      const draft: WireRequest = {
        method: request.method ?? 'GET',
        path: located?.path ?? rawPath,
        query,
        headers,
        bucket: located?.bucket,
        body: new Uint8Array(),
        stream: undefined,
      };
      const isRest = protocol === 'restJson1' || protocol === 'restXml';
      let operation = isRest ? routeRest(model, draft) : undefined;
      const streams = operation !== undefined && takesStream(operation);
      const body = streams ? new Uint8Array() : await readWhole(request);
      const wire: WireRequest = { ...draft, body, stream: streams ? readStream(request) : undefined };
      if (!isRest) {
        const form = () =>
          body.length > 0 ? new URLSearchParams(Buffer.from(body).toString('utf8')) : query;
        const name = operationName(protocol, headers, rawPath, form);
        operation = name === undefined ? undefined : model.operations.get(name);
        if (!operation) throw unknownOperation(model, protocol, name ?? `${draft.method} ${rawPath}`);
      }
      if (!operation) throw unknownOperation(model, protocol, `${draft.method} ${rawPath}`);
      if (!model.service.operations[operation.name])
        throw notEmulated(model.service.signingName, operation.name);
      const input = await speak.decode(model, operation, wire);
      const missing = missingMembers(operation.input, input);
      if (missing.length > 0) throw commonError('missing', missingSentence(missing), protocol, model);
      const call = { principal, requestId };
      const output = await perform(model.service, operation.name, input, call, this.world.ports.iam);
      const frames = model.service.operations[operation.name]?.frames;
      if (frames) {
        const headers = { 'content-type': EVENT_STREAM, 'x-amzn-requestid': requestId };
        return { status: 200, headers, body: frames(output as never) };
      }
      return await speak.encode(model, operation, output, requestId);
    } catch (error) {
      return refuse(asAwsError(error, (line) => this.world.say(line)));
    }
  }

  private principal(accessKeyId: string, token: string | undefined, protocol: Protocol): Principal {
    if (!accessKeyId.startsWith('ASIA')) return { arn: `arn:aws:iam::${this.world.account}:root` };
    const principal = this.world.ports.iam.principalOf(accessKeyId, token ?? '');
    const invalid = 'The security token included in the request is invalid.';
    if (!principal) {
      const s3 = 'The AWS Access Key Id you provided does not exist in our records.';
      throw commonError('unknownKey', protocol === 'restXml' ? s3 : invalid, protocol);
    }
    return principal;
  }

  private checkRegion(region: string | undefined, model: ServiceModel): void {
    if (region === undefined || region === this.world.region || GLOBAL.has(model.service.signingName)) return;
    throw new AwsError(
      'InvalidSignatureException',
      `Credential should be scoped to a valid region: this embedded AWS is in ${this.world.region}, not ${region}.`,
      {},
      403,
    );
  }
}

function unknownOperation(model: ServiceModel, protocol: Protocol, name: string): AwsError {
  return commonError('unknownOperation', `${model.id} has no operation ${name}.`, protocol, model);
}

function takesStream(operation: OperationModel): boolean {
  if (operation.input.isUnitSchema()) return false;
  for (const [, member] of operation.input.structIterator()) {
    if (member.getMergedTraits().httpPayload && member.isStreaming()) return true;
  }
  return false;
}

async function send(request: IncomingMessage, response: ServerResponse, wire: WireResponse): Promise<void> {
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

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
