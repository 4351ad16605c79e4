/** STS: who am I, and sessions of roles. */
import type { AssumeRoleCommandInput, AssumeRoleWithWebIdentityCommandInput } from '@aws-sdk/client-sts';
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
import { requireSession, sessionOf } from './session.ts';
import { assumeRoleWithWebIdentity } from './web-identity.ts';

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
    AssumeRoleWithWebIdentity: {
      unsigned: true,
      // The token says who it is, and the role's trust policy whether that is enough.
      permissions: () => [],
      run: (input: AssumeRoleWithWebIdentityCommandInput) => assumeRoleWithWebIdentity(world, input),
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
        {
          AssumeRole: ['RoleArn', 'RoleSessionName', 'DurationSeconds'],
          AssumeRoleWithWebIdentity: ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'WebIdentityToken'],
        },
        operations as unknown as Record<string, Operation>,
      ),
      differences: [
        'AssumeRoleWithWebIdentity takes tokens of the OIDC providers that a stack has made, and verifies them with the JSON Web Key Set in `openid/HOST.json` of the folder that holds the state: no issuer is ever asked for its keys.',
        'Of a token’s claims the trust policy sees `aud` and `sub`. There is no SAML.',
      ],
    },
  };
}

function assumeRole(world: World, input: AssumeRoleCommandInput, principal: Principal) {
  const { iam } = world.ports;
  const arn = input.RoleArn ?? '';
  const { session, seconds } = requireSession(input);
  // STS does not tell a role that is not there from one that does not trust the caller.
  if (!iam.trusts(arn, principal)) {
    const sentence = deniedSentence(principal, { action: 'sts:AssumeRole', resource: arn }, 'implicitDeny');
    throw new AwsError('AccessDenied', sentence.replace(/ because .*$/, ''), {}, 403);
  }
  return sessionOf(world, arn, session, seconds);
}

function userId(world: World, principal: Principal): string {
  const role = principal.roleArn?.split('/').at(-1);
  if (role === undefined) return world.account;
  return `${idOf('AROA', role)}:${principal.arn.split('/').at(-1)}`;
}
