/** What the protocols share when they answer an error: its status, its members, and the names of common errors. */
import type { $Codec } from '@smithy/types';
import { AwsError } from '../service.ts';
import type { ErrorModel, Protocol, ServiceModel } from './model.ts';

/** `AwsError.status` is 400 unless a service said otherwise; then the shape's own status counts. */
export function statusOf(known: ErrorModel | undefined, error: AwsError): number {
  if (error.status !== 400) return error.status;
  return known?.status ?? (known?.fault === 'server' ? 500 : 400);
}

/** The members of a JSON error, in the spelling of its shape (`message` here, `Message` there). */
export function errorMembers(
  known: ErrorModel | undefined,
  error: AwsError,
  codec: $Codec<Uint8Array, string>,
): Record<string, unknown> {
  if (!known) return { message: error.message, ...error.members };
  const value = errorValue(known, error);
  const serializer = codec.createSerializer();
  serializer.write(known.schema, value);
  const members = JSON.parse(new TextDecoder().decode(serializer.flush())) as Record<string, unknown>;
  // Some shapes of errors declare no message at all; the services send one nevertheless.
  return 'message' in members || 'Message' in members ? members : { message: error.message, ...members };
}

/** The error as a value of its own shape. */
export function errorValue(known: ErrorModel, error: AwsError): Record<string, unknown> {
  const value: Record<string, unknown> = { ...error.members };
  for (const [name] of known.schema.structIterator()) {
    if (name.toLowerCase() === 'message' && value[name] === undefined) value[name] = error.message;
  }
  return value;
}

/** `AwsError`s pass; anything else is a defect of ours, told to `report` and answered as AWS answers its own. */
export function asAwsError(error: unknown, report: (line: string) => void): AwsError {
  if (error instanceof AwsError) return error;
  const failure = error instanceof Error ? error : new Error(String(error));
  report(failure.stack ?? failure.message);
  return new AwsError('InternalFailure', `The embedded AWS failed: ${failure.message}`, {}, 500);
}

/** Errors that every service has, but under names that depend on its protocol. */
export type CommonError =
  | 'accessDenied'
  | 'unknownKey'
  | 'expired'
  | 'unsigned'
  | 'missing'
  | 'unknownOperation';

const json = {
  accessDenied: ['AccessDeniedException', 400],
  unknownKey: ['UnrecognizedClientException', 400],
  expired: ['ExpiredTokenException', 400],
  unsigned: ['MissingAuthenticationTokenException', 400],
  missing: ['ValidationException', 400],
  unknownOperation: ['UnknownOperationException', 400],
} as const;

const query = {
  accessDenied: ['AccessDenied', 403],
  unknownKey: ['InvalidClientTokenId', 403],
  expired: ['ExpiredToken', 403],
  unsigned: ['MissingAuthenticationToken', 403],
  missing: ['ValidationError', 400],
  unknownOperation: ['InvalidAction', 400],
} as const;

const NAMES: Record<Protocol, Record<CommonError, readonly [string, number]>> = {
  awsJson1_0: json,
  awsJson1_1: json,
  rpcv2Cbor: json,
  awsQuery: query,
  restJson1: {
    ...json,
    accessDenied: ['AccessDeniedException', 403],
    unknownKey: ['UnrecognizedClientException', 403],
    expired: ['ExpiredTokenException', 403],
    unsigned: ['MissingAuthenticationTokenException', 403],
    unknownOperation: ['UnknownOperationException', 404],
  },
  restXml: {
    ...query,
    unknownKey: ['InvalidAccessKeyId', 403],
    expired: ['ExpiredToken', 400],
    unsigned: ['AccessDenied', 403],
    missing: ['InvalidRequest', 400],
    unknownOperation: ['NotImplemented', 501],
  },
};

/** Services that have a name of their own for a missing or malformed member. */
const MISSING: Readonly<Record<string, string>> = {
  ecs: 'InvalidParameterException',
  ecr: 'InvalidParameterException',
  logs: 'InvalidParameterException',
  codebuild: 'InvalidInputException',
  lambda: 'InvalidParameterValueException',
  monitoring: 'MissingParameter',
  sns: 'InvalidParameter',
  rds: 'MissingParameter',
};

export function commonError(
  kind: CommonError,
  message: string,
  protocol: Protocol,
  model?: ServiceModel,
): AwsError {
  const [name, status] = NAMES[protocol][kind];
  const own = kind === 'missing' ? MISSING[model?.service.signingName ?? ''] : undefined;
  return new AwsError(own ?? name, message, {}, status);
}

/** IAM knows nothing of protocols: its AccessDenied gets the protocol's own name and status here. */
export function inProtocol(error: AwsError, protocol: Protocol): AwsError {
  if (error.code !== 'AccessDeniedException' && error.code !== 'AccessDenied') return error;
  return commonError('accessDenied', error.message, protocol);
}
