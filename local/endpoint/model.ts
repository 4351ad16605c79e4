/**
 * What the endpoint knows of a service's wire format, read out of the SDK client's own schemas: operations with
 * their input and output, HTTP bindings, namespaces, and the shapes of errors. Nothing here is written by hand,
 * so that a client of the pinned version and this endpoint cannot disagree.
 */
import { NormalizedSchema } from '@smithy/core/schema';
import type { $Codec, $SchemaRef } from '@smithy/types';
import type { Service } from '../service.ts';

export type Protocol = 'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'restJson1' | 'restXml' | 'rpcv2Cbor';

/** `[method, path, status]` of the Smithy `http` trait. */
export type HttpTrait = readonly [method: string, path: string, status: number];

export interface OperationModel {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  readonly http: HttpTrait | undefined;
}

export interface ServiceModel {
  readonly service: Service;
  /** The SDK's name of the service, for messages: `ECS`, `SFN`, `S3`. */
  readonly id: string;
  /** The protocol that the SDK client speaks; other clients may choose another of the service's protocols. */
  readonly protocol: Protocol;
  readonly namespace: string;
  readonly xmlNamespace: string;
  /** What stands before the dot of `X-Amz-Target`, and in the path of rpcv2Cbor. */
  readonly target: string;
  /** Whether errors also carry the code that the query protocol used for them. */
  readonly queryCompatible: boolean;
  /** The client's own JSON codec, where it brings one (DynamoDB does). */
  readonly jsonCodec: $Codec<Uint8Array, string> | undefined;
  readonly operations: ReadonlyMap<string, OperationModel>;
  /** The shape of a modelled error, by its name or by the code that the query protocol uses for it. */
  error(code: string): ErrorModel | undefined;
}

export interface ErrorModel {
  readonly schema: NormalizedSchema;
  /** The shape's name. */
  readonly name: string;
  /** The code of awsQuery and of XML errors, which differs from the name for some services. */
  readonly queryCode: string;
  readonly status: number | undefined;
  readonly fault: 'client' | 'server';
}

/** The parts of an SDK client's configuration that are read here. */
interface ClientConfig {
  readonly serviceId: string;
  readonly protocol: { getShapeId(): string };
  readonly protocolSettings: {
    readonly defaultNamespace: string;
    readonly xmlNamespace?: string;
    readonly serviceTarget?: string;
    readonly awsQueryCompatible?: boolean;
    readonly jsonCodec?: $Codec<Uint8Array, string>;
  };
}

type SchemaTuple = readonly [kind: number, namespace: string, name: string, traits: unknown, ...unknown[]];

const OPERATION = 9;
const ERROR = -3;

export function modelOf(service: Service): ServiceModel {
  const config = clientConfig(service);
  const settings = config.protocolSettings;
  const operations = new Map<string, OperationModel>();
  const errors = new Map<string, ErrorModel>();
  for (const [key, value] of Object.entries(service.sdk)) {
    if (!key.endsWith('$') || !Array.isArray(value)) continue;
    const tuple = value as unknown as SchemaTuple;
    if (tuple[0] === OPERATION) {
      const traits = objectTraits(tuple[3]);
      operations.set(tuple[2], {
        name: tuple[2],
        input: NormalizedSchema.of(tuple[4] as $SchemaRef),
        output: NormalizedSchema.of(tuple[5] as $SchemaRef),
        http: traits['http'] as HttpTrait | undefined,
      });
    } else if (tuple[0] === ERROR) {
      const error = errorModel(tuple, value as unknown as $SchemaRef);
      errors.set(error.name, error);
      if (!errors.has(error.queryCode)) errors.set(error.queryCode, error);
    }
  }
  return {
    service,
    id: config.serviceId,
    protocol: protocolOf(config.protocol.getShapeId()),
    namespace: settings.defaultNamespace,
    xmlNamespace: settings.xmlNamespace ?? '',
    target: settings.serviceTarget ?? '',
    queryCompatible: settings.awsQueryCompatible ?? false,
    jsonCodec: settings.jsonCodec,
    operations,
    error: (code) => errors.get(code),
  };
}

function errorModel(tuple: SchemaTuple, schema: $SchemaRef): ErrorModel {
  const traits = objectTraits(tuple[3]);
  const query = traits['awsQueryError'] as readonly [string, number] | undefined;
  const status = (traits['httpError'] as number | undefined) ?? query?.[1];
  return {
    schema: NormalizedSchema.of(schema),
    name: tuple[2],
    queryCode: query?.[0] ?? tuple[2],
    status,
    fault: traits['error'] === 'server' ? 'server' : 'client',
  };
}

function objectTraits(traits: unknown): Record<string, unknown> {
  return typeof traits === 'object' && traits !== null ? (traits as Record<string, unknown>) : {};
}

/** A client that is never used to send: its configuration is the only public place of the protocol's settings. */
function clientConfig(service: Service): ClientConfig {
  for (const [key, value] of Object.entries(service.sdk)) {
    if (!key.endsWith('Client') || key.startsWith('__') || typeof value !== 'function') continue;
    const Client = value as new (configuration: object) => { readonly config: ClientConfig };
    return new Client({
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' },
    }).config;
  }
  throw new Error(`The SDK module of service ${service.signingName} exports no client.`);
}

function protocolOf(shapeId: string): Protocol {
  const name = shapeId.split('#')[1] ?? shapeId;
  switch (name) {
    case 'awsJson1_0':
    case 'awsJson1_1':
    case 'awsQuery':
    case 'restJson1':
    case 'restXml':
      return name;
    case 'rpcv2Cbor':
      return 'rpcv2Cbor';
    default:
      throw new Error(`The endpoint does not speak the protocol ${shapeId}.`);
  }
}

/** How many members, from the front, a structure requires. */
export function requiredMembers(schema: NormalizedSchema): readonly string[] {
  const tuple = schema.getSchema() as unknown as readonly unknown[];
  if (!schema.isStructSchema()) return [];
  const names = tuple[4] as readonly string[];
  return names.slice(0, (tuple[6] as number | undefined) ?? 0);
}

/** The same structure under another name, for wrappers whose element is not called as the shape is. */
export function renamed(schema: NormalizedSchema, name: string): NormalizedSchema {
  const tuple = schema.getSchema() as unknown as readonly unknown[];
  return NormalizedSchema.of([3, tuple[1], name, 0, tuple[4], tuple[5]] as unknown as $SchemaRef);
}
