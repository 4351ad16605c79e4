/** Finds the operation that a request asks for, and its body. */
import type { IncomingMessage } from 'node:http';
import type { AwsError } from '../service.ts';
import { readStream, readWhole } from './body.ts';
import { notEmulated } from './dispatch.ts';
import { commonError } from './errors.ts';
import { bucketOf, operationName, type Signed } from './identify.ts';
import type { OperationModel, Protocol, ServiceModel } from './model.ts';
import { routeRest } from './route.ts';
import type { WireRequest } from './wire.ts';

/** A request as far as its head says what it is. */
export interface Addressed {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly signed: Signed | undefined;
  readonly model: ServiceModel | undefined;
  readonly protocol: Protocol;
  /** Where it had to be read to know what is asked for. */
  readonly body?: Uint8Array;
}

/** Finds the operation and reads the body: the whole of it, unless the operation takes a stream. */
export async function locate(
  request: IncomingMessage,
  { method, path, query, headers, protocol, body: read }: Addressed,
  model: ServiceModel,
): Promise<{ operation: OperationModel; wire: WireRequest }> {
  const located = model.protocol === 'restXml' ? bucketOf(headers['host'] ?? '', path) : undefined;
  const draft = { method, path: located?.path ?? path, query, headers, bucket: located?.bucket };
  const isRest = protocol === 'restJson1' || protocol === 'restXml';
  const routed = isRest ? routeRest(model, draft) : undefined;
  if (routed && takesStream(routed)) {
    const operation = known(model, protocol, routed.name);
    return { operation, wire: { ...draft, body: new Uint8Array(), stream: readStream(request) } };
  }
  const body = read ?? (await readWhole(request));
  const form = () => (body.length > 0 ? new URLSearchParams(Buffer.from(body).toString('utf8')) : query);
  const name = isRest ? routed?.name : operationName(protocol, headers, path, form);
  return {
    operation: known(model, protocol, name, `${method} ${path}`),
    wire: { ...draft, body, stream: undefined },
  };
}

function known(
  model: ServiceModel,
  protocol: Protocol,
  name: string | undefined,
  otherwise = '',
): OperationModel {
  const operation = model.operations.get(name ?? '');
  if (!operation) throw unknownOperation(model, protocol, name ?? otherwise);
  if (!model.service.operations[operation.name]) {
    throw notEmulated(model.service.signingName, operation.name);
  }
  return operation;
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
