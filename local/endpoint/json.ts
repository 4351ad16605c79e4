/** awsJson1_0 and awsJson1_1: the operation in `X-Amz-Target`, everything else in the body. */
import { JsonCodec2 } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { $Codec } from '@smithy/types';
import { AwsError } from '../service.ts';
import { checkTypes } from './check.ts';
import { errorMembers, statusOf } from './errors.ts';
import type { ServiceModel } from './model.ts';
import type { WireProtocol } from './wire.ts';

const EPOCH_SECONDS = 7;

const plainCodec = new JsonCodec2({
  timestampFormat: { useTrait: true, default: EPOCH_SECONDS },
  jsonName: false,
});

export function awsJson(version: '1.0' | '1.1'): WireProtocol {
  const codecOf = (model: ServiceModel | undefined) => model?.jsonCodec ?? plainCodec;
  const headers = (requestId: string) => ({
    'content-type': `application/x-amz-json-${version}`,
    'x-amzn-requestid': requestId,
  });
  return {
    async decode(model, operation, request) {
      if (operation.input.isUnitSchema() || request.body.length === 0) return {};
      return readJson(codecOf(model), operation.input, request.body);
    },
    async encode(model, operation, output, requestId) {
      const body = operation.output.isUnitSchema() ? '' : writeJson(codecOf(model), operation.output, output);
      return { status: 200, headers: headers(requestId), body };
    },
    encodeError(model, error, requestId) {
      const known = model?.error(error.code);
      const type = known && version === '1.0' ? known.schema.getName(true) : (known?.name ?? error.code);
      const extra: Record<string, string> = {};
      if (model?.queryCompatible) {
        const fault = statusOf(known, error) >= 500 ? 'Receiver' : 'Sender';
        extra['x-amzn-query-error'] = `${known?.queryCode ?? error.code};${fault}`;
      }
      const members = errorMembers(known, error, plainCodec);
      return {
        // JSON protocols answer every fault of the client with 400, whatever the other protocols say.
        status: statusOf(known, error) >= 500 ? statusOf(known, error) : 400,
        headers: { ...headers(requestId), ...extra },
        body: JSON.stringify({ __type: type, ...members }),
      };
    },
  };
}

export async function readJson(
  codec: $Codec<Uint8Array, string>,
  schema: NormalizedSchema,
  body: Uint8Array,
): Promise<Record<string, unknown>> {
  const text = Buffer.from(body).toString('utf8');
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch (error) {
    throw new AwsError('SerializationException', `The body is not JSON: ${(error as Error).message}`);
  }
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw new AwsError('SerializationException', 'Start of structure or map found where not expected.');
  }
  checkTypes(schema, plain);
  try {
    return (await codec.createDeserializer().read(schema, text)) as Record<string, unknown>;
  } catch (error) {
    throw new AwsError('SerializationException', (error as Error).message);
  }
}

export function writeJson(
  codec: $Codec<Uint8Array, string>,
  schema: NormalizedSchema,
  value: unknown,
): string | Uint8Array {
  const serializer = codec.createSerializer();
  serializer.write(schema, value);
  return serializer.flush();
}
