/** Sessions of roles, and the decision whether a principal may do something. */
import { randomBytes } from 'node:crypto';
import { decide, deniedSentence } from '../../iam/evaluate.ts';
import { matches } from '../../iam/wildcard.ts';
import type { Credentials, IamPort } from '../../ports.ts';
import { AwsError, type Permission, type Principal } from '../../service.ts';
import type { Iam } from './model.ts';

/** As long as the longest session that IAM grants; Lambda and ECS renew before that. */
export const SESSION_SECONDS = 12 * 60 * 60;

const DAY_MS = 24 * 60 * 60 * 1000;

interface Session {
  readonly principal: Principal;
  readonly expiration: number;
  readonly token: string;
}

export function iamPort(iam: Iam): IamPort {
  const sessions = new Map<string, Session>();

  function assume(roleArn: string, sessionName: string, seconds = SESSION_SECONDS): Credentials {
    const role = iam.role(roleArn);
    const now = iam.world.clock.now();
    // One that is over is told from one that never was for another day.
    for (const [key, session] of sessions) if (session.expiration + DAY_MS <= now) sessions.delete(key);
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
    assume,
    longestSession: (roleArn) => iam.role(roleArn).maxSessionSeconds,
    principalOf(accessKeyId, sessionToken) {
      const session = sessions.get(accessKeyId);
      if (!session || session.expiration <= iam.world.clock.now()) return undefined;
      return sessionToken === undefined || sessionToken === session.token ? session.principal : undefined;
    },
    hasExpired(accessKeyId) {
      const session = sessions.get(accessKeyId);
      return session !== undefined && session.expiration <= iam.world.clock.now();
    },
    authorize,
    trusts(roleArn, who) {
      const name = nameOf(roleArn);
      if (!iam.roles.has(name)) return false;
      return iam
        .trustOf(name)
        .some(
          ({ effect, actions, principals }) =>
            effect === 'Allow' &&
            actions.some((action) => matches(action.toLowerCase(), 'sts:assumerole')) &&
            principals.some(({ type, names }) => isMeant(iam, type, names, who)),
        );
    },
  };
}

const nameOf = (roleArn: string) => roleArn.split('/').at(-1) ?? roleArn;

/** Whether one entry of a trust policy's Principal means this service, or this principal of the account. */
function isMeant(iam: Iam, type: string, names: readonly string[], who: string | Principal): boolean {
  if (type === '*') return true;
  if (typeof who === 'string') return type === 'Service' && names.includes(who);
  const { account } = iam.world;
  const meant = ['*', account, `arn:aws:iam::${account}:root`, who.arn, who.roleArn];
  return type === 'AWS' && names.some((name) => meant.includes(name));
}

/** The decision for a role, with the keys that every request has. */
export function decideFor(iam: Iam, roleArn: string, permission: Permission) {
  const { world } = iam;
  const now = world.clock.now();
  return decide(iam.statements(nameOf(roleArn)), permission, {
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
