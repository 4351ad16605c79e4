/** Sessions of roles, and the decision whether a principal may do something. */
import { randomBytes } from 'node:crypto';
import { decide, deniedSentence } from '../../iam/evaluate.ts';
import { matches } from '../../iam/wildcard.ts';
import type { Credentials, IamPort } from '../../ports.ts';
import { AwsError, type Permission, type Principal } from '../../service.ts';
import type { Iam } from './model.ts';

/** As long as the longest session that IAM grants; Lambda and ECS renew before that. */
export const SESSION_SECONDS = 12 * 60 * 60;

interface Session {
  readonly principal: Principal;
  readonly expiration: number;
  readonly token: string;
}

/** What STS adds to the port: sessions of a chosen length. */
export interface Sessions extends IamPort {
  assumeFor(roleArn: string, sessionName: string, seconds: number): Credentials;
}

export function sessionsOf(iam: Iam): Sessions {
  const sessions = new Map<string, Session>();

  function assumeFor(roleArn: string, sessionName: string, seconds: number): Credentials {
    const role = iam.role(roleArn);
    const now = iam.world.clock.now();
    for (const [key, session] of sessions) if (session.expiration <= now) sessions.delete(key);
    const accessKeyId = `ASIA${base32(16)}`;
    const sessionToken = randomBytes(48).toString('base64');
    const expiration = now + seconds * 1000;
    const arn = `arn:aws:sts::${iam.world.account}:assumed-role/${role.name}/${sessionName}`;
    sessions.set(accessKeyId, { principal: { arn, roleArn: role.arn }, expiration, token: sessionToken });
    return { accessKeyId, secretAccessKey: randomBytes(30).toString('base64'), sessionToken, expiration };
  }

  function authorize(principal: Principal, permissions: readonly Permission[]): void {
    if (principal.roleArn === undefined) return;
    const role = principal.roleArn;
    for (const permission of permissions) {
      const decision = decideFor(iam, role, permission);
      if (decision !== 'allowed') {
        throw new AwsError('AccessDeniedException', deniedSentence(principal, permission, decision), {}, 403);
      }
    }
  }

  return {
    assume: (roleArn, sessionName) => assumeFor(roleArn, sessionName, SESSION_SECONDS),
    assumeFor,
    principalOf(accessKeyId, sessionToken) {
      const session = sessions.get(accessKeyId);
      if (!session || session.expiration <= iam.world.clock.now()) return undefined;
      return sessionToken === undefined || sessionToken === session.token ? session.principal : undefined;
    },
    authorize,
    trusts(roleArn, service) {
      const name = roleArn.split('/').at(-1) ?? roleArn;
      if (!iam.roles.has(name)) return false;
      return iam
        .trustOf(name)
        .some(
          ({ effect, actions, principals }) =>
            effect === 'Allow' &&
            actions.some((action) => matches(action.toLowerCase(), 'sts:assumerole')) &&
            principals.some(
              ({ type, names }) => type === '*' || (type === 'Service' && names.includes(service)),
            ),
        );
    },
  };
}

/** The decision for a role, with the keys that every request has. */
export function decideFor(iam: Iam, roleArn: string, permission: Permission) {
  const { world } = iam;
  const name = roleArn.split('/').at(-1) ?? roleArn;
  const now = world.clock.now();
  return decide(iam.statements(name), permission, {
    'aws:PrincipalArn': roleArn,
    'aws:PrincipalAccount': world.account,
    'aws:PrincipalType': 'AssumedRole',
    'aws:ResourceAccount': world.account,
    'aws:RequestedRegion': world.region,
    // The loopback interface stands for TLS: a policy that asks for it must hold here as it would there.
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': new Date(now).toISOString(),
    'aws:EpochTime': String(Math.floor(now / 1000)),
  });
}

function base32(length: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from(randomBytes(length), (byte) => letters[byte % 32]).join('');
}
