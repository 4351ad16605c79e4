import { named } from '../../aws/errors.ts';
import { LockstepError } from '../../core/errors.ts';
import { awsError } from '../setup/fake-aws.ts';

const nameOf = (error: unknown) => (named(error, 'ECS', 'DescribeServices') as Error).name;

test.each([
  ['AccessDeniedException', {}, 'PermissionMissing'],
  ['AccessDenied', {}, 'PermissionMissing'],
  ['AuthorizationError', {}, 'PermissionMissing'],
  ['ExpiredTokenException', {}, 'CredentialsExpired'],
  ['CredentialsProviderError', {}, 'CredentialsMissing'],
  ['UnrecognizedClientException', {}, 'CredentialsRefused'],
  ['InvalidClientTokenId', {}, 'CredentialsRefused'],
  ['SignatureDoesNotMatch', {}, 'CredentialsRefused'],
  ['ThrottlingException', {}, 'Throttled'],
  ['SlowDown', {}, 'Throttled'],
  ['ProvisionedThroughputExceededException', {}, 'Throttled'],
  ['Whatever', { $retryable: { throttling: true } }, 'Throttled'],
  ['TooMany', { $metadata: { httpStatusCode: 429 } }, 'Throttled'],
  ['ServerException', { $fault: 'server' }, 'AwsUnavailable'],
  ['InternalFailure', { $metadata: { httpStatusCode: 500 } }, 'AwsUnavailable'],
  ['TimeoutError', {}, 'AwsUnavailable'],
  ['Error', { code: 'ECONNREFUSED' }, 'AwsUnavailable'],
  ['Error', { code: 'ENOTFOUND' }, 'AwsUnavailable'],
])('%s %j is %s', (name, more, expected) => {
  expect(nameOf(awsError(name, 'words', more))).toBe(expected);
});

test('a request that was signed for another region is told so, and not that its key is unknown', () => {
  const words = "Credential should be scoped to a valid region, not 'us-east-1'.";
  expect(nameOf(awsError('SignatureDoesNotMatch', words))).toBe('RegionWrong');
  expect(nameOf(awsError('SignatureDoesNotMatch', 'Signature expired: 1 is now earlier than 2'))).toBe(
    'ClockSkewed',
  );
});

test.each(['ConditionalCheckFailedException', 'NoSuchKey', 'LimitExceededException', 'ClientException'])(
  '%s is for the caller to tell apart, and passes unchanged',
  (name) => {
    const error = awsError(name);
    expect(named(error, 'ECS')).toBe(error);
  },
);

test('what was called is in the sentence, and the SDK’s error stays its cause', () => {
  const cause = awsError('ServerException', 'busy', { $fault: 'server' });
  const error = named(cause, 'ECS', 'DescribeServices') as LockstepError;
  expect(error.message).toBe('ECS did not answer: ECS DescribeServices: busy');
  expect(error.cause).toBe(cause);
});

test('AWS’s own sentence about a permission is passed on whole', () => {
  const denied = awsError('AccessDeniedException', 'User: x is not authorized to perform: ecs:UpdateService');
  expect((named(denied, 'ECS', 'UpdateService') as Error).message).toBe(denied.message);
});

test('an error of the table is left as it is', () => {
  const error = new LockstepError('Cancelled', { by: 'ada' });
  expect(named(error, 'ECS')).toBe(error);
  expect(named('text', 'ECS')).toBe('text');
});
