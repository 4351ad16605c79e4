/** STS: who am I, and sessions of roles. */
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import * as sdk from '@aws-sdk/client-sts';
import { deniedSentence } from '../../iam/evaluate.ts';
import { honouring } from '../../operation.ts';
import {
  AwsError,
  type Call,
  type Operation,
  type Principal,
  type Service,
  type World,
} from '../../service.ts';
import { idOf } from '../iam/model.ts';

const SHORTEST_SECONDS = 900;
const DEFAULT_SECONDS = 3600;

export function create(world: World): { service: Service } {
  const operations = {
    GetCallerIdentity: {
      // AWS answers it to everybody, whatever their policies say.
      permissions: () => [],
      run: (_input: unknown, { principal }: Call) => ({
        Account: world.account,
        Arn: principal.arn,
        UserId: userId(world, principal),
      }),
    },
    AssumeRole: {
      permissions: (input: AssumeRoleCommandInput) => [
        { action: 'sts:AssumeRole', resource: input.RoleArn ?? '*' },
      ],
      run: (input: AssumeRoleCommandInput, { principal }: Call) => assumeRole(world, input, principal),
    },
  };
  return {
    service: {
      signingName: 'sts',
      sdk,
      operations: honouring(
        { AssumeRole: ['RoleArn', 'RoleSessionName', 'DurationSeconds'] },
        operations as unknown as Record<string, Operation>,
      ),
      differences: ['There is no federation: nobody signs in from outside with SAML or OIDC.'],
    },
  };
}

function assumeRole(world: World, input: AssumeRoleCommandInput, principal: Principal) {
  const { iam } = world.ports;
  const arn = input.RoleArn ?? '';
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
  // STS does not tell a role that is not there from one that does not trust the caller.
  if (!iam.trusts(arn, principal)) {
    const sentence = deniedSentence(principal, { action: 'sts:AssumeRole', resource: arn }, 'implicitDeny');
    throw new AwsError('AccessDenied', sentence.replace(/ because .*$/, ''), {}, 403);
  }
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

function userId(world: World, principal: Principal): string {
  const role = principal.roleArn?.split('/').at(-1);
  if (role === undefined) return world.account;
  return `${idOf('AROA', role)}:${principal.arn.split('/').at(-1)}`;
}

function invalid(problem: string): AwsError {
  return new AwsError('ValidationError', `1 validation error detected: ${problem}`);
}
