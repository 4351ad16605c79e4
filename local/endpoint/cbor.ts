/** smithy-rpc-v2-cbor: `/service/TARGET/operation/NAME`, CBOR both ways. The AWS CLI uses it for CloudWatch. */
import { CborCodec, cbor } from '@smithy/core/cbor';
import { AwsError } from '../service.ts';
import { errorValue, statusOf } from './errors.ts';
import type { WireProtocol } from './wire.ts';

const codec = new CborCodec();

const headers = (requestId: string) => ({
  'content-type': 'application/cbor',
  'smithy-protocol': 'rpc-v2-cbor',
  'x-amzn-requestid': requestId,
});

export const rpcv2Cbor: WireProtocol = {
  async decode(_model, operation, request) {
    if (operation.input.isUnitSchema() || request.body.length === 0) return {};
    try {
      return (await codec.createDeserializer().read(operation.input, request.body)) as Record<
        string,
        unknown
      >;
    } catch (error) {
      throw new AwsError('SerializationException', `The body is not CBOR: ${(error as Error).message}`);
    }
  },
  async encode(_model, operation, output, requestId) {
    if (operation.output.isUnitSchema()) return { status: 200, headers: headers(requestId), body: '' };
    const serializer = codec.createSerializer();
    serializer.write(operation.output, output);
    return { status: 200, headers: headers(requestId), body: serializer.flush() };
  },
  encodeError(model, error, requestId) {
    const known = model?.error(error.code);
    const status = statusOf(known, error);
    const members = known
      ? { message: error.message, ...errorValue(known, error) }
      : { message: error.message, ...error.members };
    const extra: Record<string, string> = model?.queryCompatible
      ? { 'x-amzn-query-error': `${known?.queryCode ?? error.code};${status >= 500 ? 'Receiver' : 'Sender'}` }
      : {};
    return {
      status,
      headers: { ...headers(requestId), ...extra },
      body: cbor.serialize({ __type: known?.schema.getName(true) ?? error.code, ...members }),
    };
  },
};
