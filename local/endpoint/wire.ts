/** HTTP as the protocols see it: a request that has been taken apart, and a response that has not been sent. */
import type { Readable } from 'node:stream';
import type { AwsError } from '../service.ts';
import type { OperationModel, ServiceModel } from './model.ts';

export interface WireRequest {
  readonly method: string;
  /** Percent-encoded, without the query; without the bucket for S3. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** S3's bucket, from the host name or the first segment of the path. */
  readonly bucket: string | undefined;
  /** The whole body; empty where the operation takes a stream. */
  readonly body: Uint8Array;
  /** The body of an operation whose input carries a stream. */
  readonly stream: Readable | undefined;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
}

export interface WireProtocol {
  /** Throws `AwsError` (SerializationException and its kin) where the request cannot be read. */
  decode(
    model: ServiceModel,
    operation: OperationModel,
    request: WireRequest,
  ): Promise<Record<string, unknown>>;
  encode(
    model: ServiceModel,
    operation: OperationModel,
    output: Readonly<Record<string, unknown>>,
    requestId: string,
  ): Promise<WireResponse>;
  /** `model` is undefined where not even the service could be found. */
  encodeError(model: ServiceModel | undefined, error: AwsError, requestId: string): WireResponse;
}
