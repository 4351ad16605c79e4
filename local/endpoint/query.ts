/**
 * awsQuery: a form with `Action`, nested members as dotted names, and XML back. The SDK brings a writer for such
 * forms but, being a client, no reader: that is the one decoder that is written here.
 */
import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { XmlNode, XmlText } from '@aws-sdk/xml-builder';
import { FromStringShapeDeserializer } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../service.ts';
import { errorValue, statusOf } from './errors.ts';
import { type ErrorModel, renamed } from './model.ts';
import type { WireProtocol } from './wire.ts';

const DATE_TIME = 5;
const settings = {
  timestampFormat: { useTrait: true, default: DATE_TIME },
  httpBindings: false,
  xmlNamespace: '',
  serviceNamespace: '',
} as const;

const strings = new FromStringShapeDeserializer(settings);

/** A form taken apart at its dots: `Tags.member.1.Key=a` is a path of four nodes. */
interface FormNode {
  value?: string;
  readonly children: Map<string, FormNode>;
}

export const awsQuery: WireProtocol = {
  async decode(_model, operation, request) {
    if (operation.input.isUnitSchema()) return {};
    const form = formTree(new URLSearchParams(Buffer.from(request.body).toString('utf8')));
    return (readNode(operation.input, form, '') ?? {}) as Record<string, unknown>;
  },
  async encode(model, operation, output, requestId) {
    const { name } = operation;
    const result = operation.output.isUnitSchema()
      ? ''
      : String(writeXml(renamed(operation.output, `${name}Result`), output));
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return {
      status: 200,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
      body: `<${name}Response xmlns="${model.xmlNamespace}">${result}${metadata}</${name}Response>`,
    };
  },
  encodeError(model, error, requestId) {
    const known = model?.error(error.code);
    const status = statusOf(known, error);
    const body = new XmlNode('Error')
      .addChildNode(XmlNode.of('Type', status >= 500 ? 'Receiver' : 'Sender'))
      .addChildNode(XmlNode.of('Code', known?.queryCode ?? error.code))
      .addChildNode(XmlNode.of('Message', error.message));
    for (const child of memberNodes(known, error)) body.addChildNode(child);
    return {
      status,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
      body:
        `<ErrorResponse xmlns="${model?.xmlNamespace ?? ''}">${body.toString()}` +
        `<RequestId>${requestId}</RequestId></ErrorResponse>`,
    };
  },
};

export function writeXml(schema: NormalizedSchema, value: unknown): string | Uint8Array {
  const serializer = new XmlShapeSerializer(settings);
  serializer.write(schema, value);
  return serializer.flush();
}

/** Members of a modelled error other than its message; scalars only, which is all that AWS's shapes have. */
export function memberNodes(known: ErrorModel | undefined, error: AwsError): XmlNode[] {
  if (!known) return [];
  const value = errorValue(known, error);
  const nodes: XmlNode[] = [];
  for (const [name, member] of known.schema.structIterator()) {
    const scalar = value[name];
    if (name.toLowerCase() === 'message' || scalar === undefined || typeof scalar === 'object') continue;
    const node = new XmlNode((member.getMergedTraits().xmlName as string | undefined) ?? name);
    nodes.push(node.addChildNode(new XmlText(String(scalar)) as unknown as XmlNode));
  }
  return nodes;
}

function formTree(form: URLSearchParams): FormNode {
  const root: FormNode = { children: new Map() };
  for (const [key, value] of form) {
    let node = root;
    for (const part of key.split('.')) {
      let next = node.children.get(part);
      if (!next) {
        next = { children: new Map() };
        node.children.set(part, next);
      }
      node = next;
    }
    node.value = value;
  }
  return root;
}

function readNode(schema: NormalizedSchema, node: FormNode, path: string): unknown {
  if (schema.isStructSchema()) {
    const out: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const key = (member.getMergedTraits().xmlName as string | undefined) ?? name;
      const child = node.children.get(key);
      if (child) out[name] = readNode(member, child, path ? `${path}.${key}` : key);
    }
    return out;
  }
  if (schema.isListSchema()) return readList(schema, node, path);
  if (schema.isMapSchema()) return readMap(schema, node, path);
  const text = node.value;
  if (text === undefined) throw malformed(path, 'is not a structure');
  const value: unknown = strings.read(schema, text);
  if (typeof value === 'number' && Number.isNaN(value)) throw malformed(path, `is no number: ${text}`);
  if (schema.isBooleanSchema() && !/^(true|false)$/i.test(text)) {
    throw malformed(path, `is no boolean: ${text}`);
  }
  return value;
}

function readList(schema: NormalizedSchema, node: FormNode, path: string): unknown[] {
  const member = schema.getValueSchema();
  const flat = Boolean(schema.getMergedTraits().xmlFlattened);
  const name = (member.getMergedTraits().xmlName as string | undefined) ?? 'member';
  // Some clients write `Name.member.N` whatever the shape says its items are called.
  const items = flat ? node : (node.children.get(name) ?? node.children.get('member'));
  return numbered(items).map(([index, item]) => readNode(member, item, `${path}.${index}`));
}

function readMap(schema: NormalizedSchema, node: FormNode, path: string): Record<string, unknown> {
  const flat = Boolean(schema.getMergedTraits().xmlFlattened);
  const keyName = (schema.getKeySchema().getMergedTraits().xmlName as string | undefined) ?? 'key';
  const valueName = (schema.getValueSchema().getMergedTraits().xmlName as string | undefined) ?? 'value';
  const out: Record<string, unknown> = {};
  for (const [index, entry] of numbered(flat ? node : node.children.get('entry'))) {
    const key = entry.children.get(keyName)?.value;
    const value = entry.children.get(valueName);
    if (key === undefined || !value) throw malformed(`${path}.${index}`, 'has no key or no value');
    out[key] = readNode(schema.getValueSchema(), value, `${path}.${index}.${valueName}`);
  }
  return out;
}

function numbered(node: FormNode | undefined): [number, FormNode][] {
  return [...(node?.children ?? [])]
    .filter(([key]) => /^[1-9]\d*$/.test(key))
    .map(([key, child]): [number, FormNode] => [Number(key), child])
    .sort(([a], [b]) => a - b);
}

function malformed(path: string, what: string): AwsError {
  return new AwsError('MalformedInput', `${path} ${what}`);
}
