/** Tasks act as the role of their machine: with its permissions and no others. */
import type { Principal, World } from '../../../service.ts';

/** Sessions are renewed long before they end. */
const RENEW_BEFORE_MS = 60_000;

export function rolePrincipals(world: World): (roleArn: string) => Principal {
  const sessions = new Map<string, { principal: Principal; renewAt: number }>();
  return (roleArn) => {
    const known = sessions.get(roleArn);
    if (known && known.renewAt > world.clock.now()) return known.principal;
    const { accessKeyId, expiration } = world.ports.iam.assume(roleArn, 'StepFunctions');
    const principal = world.ports.iam.principalOf(accessKeyId);
    if (!principal) throw new Error(`IAM does not know the session that it has just given for ${roleArn}.`);
    sessions.set(roleArn, { principal, renewAt: expiration - RENEW_BEFORE_MS });
    return principal;
  };
}
