/** Answers one request: finds service, protocol and operation, decodes, checks, runs, encodes. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type Principal, type Route, type Service, type World } from '../service.ts';
import { readWhole } from './body.ts';
import { rpcv2Cbor } from './cbor.ts';
import { missingMembers, missingSentence } from './check.ts';
import { notEmulated, perform } from './dispatch.ts';
import { asAwsError, commonError, inProtocol } from './errors.ts';
import { isExpired, isForeignPage, plainHeaders, protocolOf, signedBy } from './identify.ts';
import { awsJson } from './json.ts';
import { type Addressed, locate } from './locate.ts';
import { modelOf, type Protocol, type ServiceModel } from './model.ts';
import { awsQuery } from './query.ts';
import { restJson1, restXml } from './rest.ts';
import { send } from './send.ts';
import type { WireProtocol, WireResponse } from './wire.ts';

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

export class Front {
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
    const addressed = await this.unsigned(request, this.address(request, headers, url));
    const { model, protocol } = addressed;
    try {
      const admitted = this.admit(addressed);
      const { operation, wire } = await locate(request, addressed, admitted.model);
      const input = await PROTOCOLS[protocol].decode(admitted.model, operation, wire);
      const missing = missingMembers(operation.input, input);
      if (missing.length > 0) throw commonError('missing', missingSentence(missing), protocol, model);
      const { service } = admitted.model;
      const call = { principal: admitted.principal, requestId };
      const output = await perform(service, operation.name, input, call, this.world.ports.iam);
      const frames = service.operations[operation.name]?.frames;
      if (frames) {
        const eventHeaders = { 'content-type': EVENT_STREAM, 'x-amzn-requestid': requestId };
        return { status: 200, headers: eventHeaders, body: frames(output as never) };
      }
      return await PROTOCOLS[protocol].encode(admitted.model, operation, output, requestId);
    } catch (caught) {
      const error = asAwsError(caught, (line) => this.world.say(line));
      return PROTOCOLS[protocol].encodeError(model, inProtocol(error, protocol), requestId);
    }
  }

  private address(
    request: IncomingMessage,
    headers: Readonly<Record<string, string>>,
    url: string,
  ): Addressed {
    const [path, search] = splitOnce(url, '?');
    const query = new URLSearchParams(search);
    const signed = signedBy(headers, query);
    // Without a signature the target still says whose way of answering is understood.
    const target = headers['x-amz-target']?.split('.').slice(0, -1).join('.');
    const model =
      this.models.get(signed?.signingName ?? '') ??
      [...this.models.values()].find((candidate) => target && candidate.target === target);
    const protocol = protocolOf(headers, model);
    return { method: request.method ?? 'GET', path, query, headers, signed, model, protocol };
  }

  /** A form without a signature may ask for what needs none; the form itself says so. */
  private async unsigned(request: IncomingMessage, addressed: Addressed): Promise<Addressed> {
    const { signed, protocol, headers } = addressed;
    const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    if (signed || protocol !== 'awsQuery' || !isForm) return addressed;
    const body = await readWhole(request);
    const action = new URLSearchParams(Buffer.from(body).toString('utf8')).get('Action') ?? '';
    const model = [...this.models.values()].find(
      ({ service, operations }) => operations.has(action) && service.operations[action]?.unsigned,
    );
    return { ...addressed, body, model };
  }

  /** The service that is meant and who calls it; throws where it is none, or nobody. */
  private admit({ method, path, query, headers, signed, model, protocol, body }: Addressed): {
    model: ServiceModel;
    principal: Principal;
  } {
    if (!signed && body && model) return { model, principal: { arn: 'anonymous' } };
    if (!signed) throw commonError('unsigned', 'Request is missing Authentication Token', protocol);
    if (!model) throw notEmulated(signed.signingName, headers['x-amz-target'] ?? `${method} ${path}`);
    this.checkRegion(signed.region, model);
    if (isExpired(query, this.world.clock.now())) {
      throw commonError('accessDenied', 'Request has expired', protocol);
    }
    return { model, principal: this.principal(signed.accessKeyId, signed.sessionToken, protocol) };
  }

  private principal(accessKeyId: string, token: string | undefined, protocol: Protocol): Principal {
    if (!accessKeyId.startsWith('ASIA')) return { arn: `arn:aws:iam::${this.world.account}:root` };
    const principal = this.world.ports.iam.principalOf(accessKeyId, token ?? '');
    const invalid = 'The security token included in the request is invalid.';
    if (!principal && this.world.ports.iam.hasExpired(accessKeyId)) {
      const sentence = 'The security token included in the request is expired';
      throw commonError(
        'expired',
        protocol === 'restXml' ? 'The provided token has expired.' : sentence,
        protocol,
      );
    }
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

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
