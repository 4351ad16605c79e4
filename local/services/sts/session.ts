/** What every way of assuming a role has in common: the session's name and length, and its credentials. */
import { AwsError, type World } from '../../service.ts';
import { idOf } from '../iam/model.ts';

const SHORTEST_SECONDS = 900;
const DEFAULT_SECONDS = 3600;

export function requireSession(input: {
  readonly RoleSessionName?: string | undefined;
  readonly DurationSeconds?: number | undefined;
}): { session: string; seconds: number } {
  const session = input.RoleSessionName ?? '';
  const seconds = input.DurationSeconds ?? DEFAULT_SECONDS;
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
    throw invalid(
      `Value '${session}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  }
  if (seconds < SHORTEST_SECONDS) {
    throw invalid(
      `Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to ${SHORTEST_SECONDS}`,
    );
  }
  return { session, seconds };
}

/** Once it is known that the caller may have it. */
export function sessionOf(world: World, arn: string, session: string, seconds: number) {
  const { iam } = world.ports;
  if (seconds > iam.longestSession(arn)) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  const credentials = iam.assume(arn, session, seconds);
  const role = arn.split('/').at(-1) ?? '';
  return {
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: new Date(credentials.expiration),
    },
    AssumedRoleUser: {
      Arn: `arn:aws:sts::${world.account}:assumed-role/${role}/${session}`,
      AssumedRoleId: `${idOf('AROA', role)}:${session}`,
    },
  };
}

function invalid(problem: string): AwsError {
  return new AwsError('ValidationError', `1 validation error detected: ${problem}`);
}
