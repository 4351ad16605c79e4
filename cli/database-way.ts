/** Which way the service takes to its database, and what it means that it cannot be reached. */

import type { Clients } from '../aws/lazy-clients.ts';
import { findInstance } from '../aws/rds.ts';
import type { ServiceSeen } from '../aws/running.ts';
import { LockstepError } from '../core/errors.ts';
import type { Settings } from '../core/plan.ts';
import { type Checkpoint, ng } from '../core/verify.ts';

/** Groups from the service to its database; null where they are not known. */
export interface Way {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly port: number;
}

export async function wayOf(
  clients: Clients,
  settings: Settings,
  { service }: ServiceSeen,
): Promise<Way | null> {
  const from = service.networkConfiguration?.awsvpcConfiguration?.securityGroups ?? [];
  const instance = settings.database?.instance;
  if (!instance || from.length === 0) return null;
  try {
    const found = await findInstance(await clients.rds(), instance);
    const to = found?.VpcSecurityGroups?.flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []) ?? [];
    return to.length > 0 ? { from, to, port: found?.Endpoint?.Port ?? 5432 } : null;
  } catch (error) {
    if (error instanceof LockstepError && error.error === 'PermissionMissing') return null;
    throw error;
  }
}

/** A closed security group drops what it does not let in: nobody answers. Who answers, and says no, was reached. */
export function unreached(reason: string, way: Way | null, environmentName: string): Checkpoint {
  const block = `"secret" and "subnets" under "database" in environments/${environmentName}.json`;
  if (!/time-?d? ?out|ETIMEDOUT|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND/i.test(reason))
    return ng('database', reason, `It was reached and said no: check ${block}.`);
  if (!way)
    return ng(
      'database',
      reason,
      `Let the service’s security group into the database’s (port 5432), and check ${block}.`,
    );
  const { from, to, port } = way;
  return ng(
    'database',
    `the way from ${from.join(', ')} to ${to.join(', ')} port ${port} is closed: ${reason}`,
    `\`aws ec2 authorize-security-group-ingress --group-id ${to[0]} --protocol tcp --port ${port} --source-group ${from[0]}\` opens it; where it is open, check ${block}.`,
  );
}
