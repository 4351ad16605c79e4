/**
 * restJson1 and restXml: members travel in the path, the query, headers or the body, as the Smithy HTTP traits of
 * the SDK's schemas say. Both protocols share everything but the codec of the body and the form of errors.
 */
import { XmlCodec } from '@aws-sdk/core/protocols';
import { XmlNode } from '@aws-sdk/xml-builder';
import { FromStringShapeDeserializer, JsonCodec2, ToStringShapeSerializer } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../service.ts';
import { errorMembers, statusOf } from './errors.ts';
import { readJson, writeJson } from './json.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { memberNodes } from './query.ts';
import { labelsOf } from './route.ts';
import type { WireProtocol, WireRequest, WireResponse } from './wire.ts';

const DATE_TIME = 5;
const EPOCH_SECONDS = 7;
const jsonSettings = {
  timestampFormat: { useTrait: true, default: EPOCH_SECONDS },
  httpBindings: true,
  jsonName: true,
} as const;
const xmlSettings = (xmlNamespace: string) =>
  ({
    timestampFormat: { useTrait: true, default: DATE_TIME },
    httpBindings: true,
    xmlNamespace,
    serviceNamespace: '',
  }) as const;

/** The codec of a body, and its content type. */
interface BodyCodec {
  readonly contentType: string;
  read(schema: NormalizedSchema, body: Uint8Array): Promise<Record<string, unknown>>;
  write(schema: NormalizedSchema, value: unknown, model: ServiceModel): string | Uint8Array;
  /** An empty answer: `{}` in JSON, nothing in XML. */
  readonly empty: string;
}

const jsonCodec = new JsonCodec2(jsonSettings);
const jsonBody: BodyCodec = {
  contentType: 'application/json',
  read: (schema, body) => readJson(jsonCodec, schema, body),
  write: (schema, value) => writeJson(jsonCodec, schema, value),
  empty: '{}',
};

const xmlBody: BodyCodec = {
  contentType: 'application/xml',
  async read(schema, body) {
    try {
      const codec = new XmlCodec(xmlSettings(''));
      return (await codec.createDeserializer().read(schema, body)) as Record<string, unknown>;
    } catch {
      throw new AwsError(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      );
    }
  },
  write(schema, value, model) {
    const serializer = new XmlCodec(xmlSettings(model.xmlNamespace)).createSerializer();
    serializer.write(schema, value);
    return `<?xml version="1.0" encoding="UTF-8"?>\n${String(serializer.flush())}`;
  },
  empty: '',
};

export const restJson1: WireProtocol = {
  decode: (_model, operation, request) => decode(operation, request, jsonBody),
  encode: (model, operation, output, requestId) =>
    encode(model, operation, output, jsonBody, { 'x-amzn-requestid': requestId }),
  encodeError(model, error, requestId) {
    const known = model?.error(error.code);
    return {
      status: statusOf(known, error),
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': known?.name ?? error.code,
      },
      body: JSON.stringify(errorMembers(known, error, jsonCodec)),
    };
  },
};

export const restXml: WireProtocol = {
  decode: (_model, operation, request) => decode(operation, request, xmlBody),
  encode: (model, operation, output, requestId) =>
    encode(model, operation, output, xmlBody, { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId }),
  encodeError(model, error, requestId) {
    const known = model?.error(error.code);
    const status = statusOf(known, error);
    const body = new XmlNode('Error')
      .addChildNode(XmlNode.of('Code', known?.queryCode ?? error.code))
      .addChildNode(XmlNode.of('Message', error.message));
    for (const child of memberNodes(known, error)) body.addChildNode(child);
    for (const [name, value] of Object.entries(known ? {} : error.members)) {
      body.addChildNode(XmlNode.of(name, String(value)));
    }
    body.addChildNode(XmlNode.of('RequestId', requestId)).addChildNode(XmlNode.of('HostId', requestId));
    return {
      status,
      headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId, 'x-amz-id-2': requestId },
      body: status === 304 ? '' : `<?xml version="1.0" encoding="UTF-8"?>\n${body.toString()}`,
    };
  },
};

/** The traits of one member that say where it travels. */
interface Binding {
  readonly httpLabel?: unknown;
  readonly httpQuery?: string;
  readonly httpQueryParams?: unknown;
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpPayload?: unknown;
  readonly httpResponseCode?: unknown;
}

const bindingOf = (member: NormalizedSchema) => member.getMergedTraits() as Binding;
const isBound = (binding: Binding) => Object.keys(binding).some((key) => key.startsWith('http'));

const inStrings = new FromStringShapeDeserializer(jsonSettings);
const outStrings = new ToStringShapeSerializer(jsonSettings);

async function decode(operation: OperationModel, request: WireRequest, codec: BodyCodec) {
  const input: Record<string, unknown> = {};
  if (operation.input.isUnitSchema()) return input;
  const labels = labelsOf(operation, request);
  let hasPayload = false;
  let hasBody = false;
  for (const [name, member] of operation.input.structIterator()) {
    const binding = bindingOf(member);
    let value: unknown;
    if (binding.httpLabel) value = readScalar(member, labels[name]);
    else if (binding.httpQuery) value = readQuery(member, request.query.getAll(binding.httpQuery));
    else if (binding.httpQueryParams) value = Object.fromEntries(request.query);
    else if (binding.httpHeader)
      value = readScalar(member, request.headers[binding.httpHeader.toLowerCase()]);
    else if (binding.httpPrefixHeaders !== undefined) value = prefixed(binding.httpPrefixHeaders, request);
    else if (binding.httpPayload) {
      hasPayload = true;
      value = await readPayload(member, request, codec);
    } else hasBody = true;
    if (value !== undefined) input[name] = value;
  }
  if (hasBody && !hasPayload && request.body.length > 0) {
    const body = await codec.read(operation.input, request.body);
    for (const [name, member] of operation.input.structIterator()) {
      if (!isBound(bindingOf(member)) && body[name] !== undefined) input[name] = body[name];
    }
  }
  return input;
}

function readScalar(member: NormalizedSchema, text: string | undefined): unknown {
  return text === undefined ? undefined : inStrings.read(member, text);
}

function readQuery(member: NormalizedSchema, values: string[]): unknown {
  if (values.length === 0) return undefined;
  if (member.isListSchema()) {
    const item = member.getValueSchema();
    return values.map((value) => inStrings.read(item, value));
  }
  return inStrings.read(member, values[0] ?? '');
}

function prefixed(prefix: string, request: WireRequest): Record<string, string> | undefined {
  const lower = prefix.toLowerCase();
  const found = Object.entries(request.headers).filter(([name]) => name.startsWith(lower));
  if (found.length === 0) return undefined;
  return Object.fromEntries(found.map(([name, value]) => [name.slice(lower.length), value]));
}

async function readPayload(member: NormalizedSchema, request: WireRequest, codec: BodyCodec) {
  if (member.isStreaming() && request.stream) return request.stream;
  if (request.body.length === 0) return undefined;
  if (member.isBlobSchema()) return request.body;
  if (member.isStringSchema()) return Buffer.from(request.body).toString('utf8');
  return codec.read(member, request.body);
}

async function encode(
  model: ServiceModel,
  operation: OperationModel,
  output: Readonly<Record<string, unknown>>,
  codec: BodyCodec,
  headers: Record<string, string>,
): Promise<WireResponse> {
  // An operation says by `$metadata` that it answers otherwise than its schema does: 206 for a part of an object.
  const metadata = output['$metadata'] as { httpStatusCode?: number } | undefined;
  let status = metadata?.httpStatusCode ?? operation.http?.[2] ?? 200;
  let body: WireResponse['body'] | undefined;
  const rest: Record<string, unknown> = {};
  let hasBody = false;
  if (operation.output.isUnitSchema()) return { status, headers, body: '' };
  for (const [name, member] of operation.output.structIterator()) {
    const value = output[name];
    const binding = bindingOf(member);
    if (!isBound(binding)) hasBody = true;
    if (value === undefined || value === null) continue;
    if (binding.httpHeader) headers[binding.httpHeader.toLowerCase()] = writeScalar(member, value);
    else if (binding.httpPrefixHeaders !== undefined) {
      for (const [key, item] of Object.entries(value as Record<string, string>)) {
        headers[`${binding.httpPrefixHeaders}${key}`.toLowerCase()] = item;
      }
    } else if (binding.httpResponseCode) status = value as number;
    else if (binding.httpPayload) body = writePayload(model, member, value, codec, headers);
    else rest[name] = value;
  }
  if (body === undefined && hasBody) {
    headers['content-type'] ??= codec.contentType;
    body = codec.write(operation.output, rest, model);
  }
  return { status, headers, body: body ?? '' };
}

function writeScalar(member: NormalizedSchema, value: unknown): string {
  outStrings.write(member, value);
  return outStrings.flush();
}

function writePayload(
  model: ServiceModel,
  member: NormalizedSchema,
  value: unknown,
  codec: BodyCodec,
  headers: Record<string, string>,
): WireResponse['body'] {
  if (member.isBlobSchema() || member.isStringSchema()) {
    headers['content-type'] ??= member.isStringSchema() ? 'text/plain' : 'application/octet-stream';
    return value as WireResponse['body'];
  }
  headers['content-type'] ??= codec.contentType;
  return codec.write(member, value, model);
}
