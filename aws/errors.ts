/**
 * What the SDK throws, in the names of the error table. Errors that a caller tells apart by name (a condition that
 * failed, a thing that is not there) pass unchanged.
 */
import { type ErrorName, LockstepError } from '../core/errors.ts';

const DENIED =
  /^(AccessDenied|AccessDeniedException|AccessDeniedFault|AuthorizationError|AuthorizationErrorException|NotAuthorized|UnauthorizedOperation|UnauthorizedAccess|KMSAccessDeniedException)$/;
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/;
const NO_CREDENTIALS = /^(CredentialsProviderError|ProviderError)$/;
const REFUSED =
  /^(UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignatureException|SignatureDoesNotMatch)$/;
/** AWS's words, and those of a service that is asked in a region other than the one that it was signed for. */
const OTHER_REGION =
  /Credential should be scoped to a valid region|AuthorizationHeaderMalformed|is not in the region/;
const SKEWED = /^(RequestTimeTooSkewed|RequestInTheFuture)$/;
const THROTTLED =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded|RequestThrottled|RequestThrottledException|SlowDown|ProvisionedThroughputExceededException|BandwidthLimitExceeded|EC2ThrottledException|PriorRequestNotComplete)$/;
const UNREACHED =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|TimeoutError|NetworkingError|RequestTimeout|RequestTimeoutException)$/;

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
}

/** `service` and `operation` say what was called: the person who reads it has not read our code. */
export function named(error: unknown, service: string, operation?: string): unknown {
  if (error instanceof LockstepError || typeof error !== 'object' || error === null) return error;
  const sdk = error as SdkError;
  const name = errorNameOf(sdk);
  if (!name) return error;
  const what = operation ? `${service} ${operation}` : service;
  const detail = sdk.message || String(sdk.code ?? sdk.name ?? 'no reason given');
  return new LockstepError(
    name,
    { service, detail: name === 'PermissionMissing' ? detail : `${what}: ${detail}` },
    [],
    {
      cause: error,
    },
  );
}

function errorNameOf(error: SdkError): ErrorName | undefined {
  const name = error.name ?? '';
  const status = error.$metadata?.httpStatusCode ?? 0;
  // Services that know no error of its own for it refuse the signature, and say in words that its time is wrong.
  if (SKEWED.test(name) || /^Signature (expired|not yet current)/.test(error.message ?? ''))
    return 'ClockSkewed';
  if (DENIED.test(name)) return 'PermissionMissing';
  if (EXPIRED.test(name)) return 'CredentialsExpired';
  if (NO_CREDENTIALS.test(name)) return 'CredentialsMissing';
  if (OTHER_REGION.test(error.message ?? '')) return 'RegionWrong';
  if (REFUSED.test(name)) return 'CredentialsRefused';
  if (error.$retryable?.throttling === true || status === 429) return 'Throttled';
  if (THROTTLED.test(name)) return 'Throttled';
  if (UNREACHED.test(name) || UNREACHED.test(String(error.code ?? ''))) return 'AwsUnavailable';
  if (status >= 500 || error.$fault === 'server') return 'AwsUnavailable';
  return undefined;
}

/** Whether an error is one of these, by the name that AWS gave it. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
