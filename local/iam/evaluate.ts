/** IAM's decision for one permission: an explicit Deny wins, else an Allow, else nobody allows it. */
import type { Permission, Principal } from '../service.ts';
import { holds } from './conditions.ts';
import type { Statement } from './policy.ts';
import { matches } from './wildcard.ts';

export type Decision = 'allowed' | 'explicitDeny' | 'implicitDeny';

export type Context = Readonly<Record<string, string | readonly string[]>>;

export function decide(statements: readonly Statement[], permission: Permission, context: Context): Decision {
  const keys = lowerKeys({ ...context, ...permission.context });
  const relevant = statements.filter((statement) => applies(statement, permission, keys));
  if (relevant.some(({ effect }) => effect === 'Deny')) return 'explicitDeny';
  return relevant.length > 0 ? 'allowed' : 'implicitDeny';
}

function applies(
  statement: Statement,
  permission: Permission,
  keys: ReadonlyMap<string, readonly string[]>,
): boolean {
  // Actions are matched without regard to case, resources with it.
  const action = permission.action.toLowerCase();
  const names = statement.actions.some((pattern) => matches(pattern.toLowerCase(), action));
  if (names === statement.notActions) return false;
  const resource = statement.resources.some((pattern) =>
    matches(substitute(pattern, keys), permission.resource),
  );
  if (resource === statement.notResources) return false;
  return statement.conditions.every(({ operator, key, values }) =>
    holds(
      operator,
      keys.get(key.toLowerCase()),
      values.map((value) => substitute(value, keys)),
    ),
  );
}

/** Fills in policy variables such as `${aws:PrincipalAccount}`; one that is unknown matches nothing. */
function substitute(text: string, keys: ReadonlyMap<string, readonly string[]>): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, name: string) => keys.get(name.toLowerCase())?.[0] ?? whole);
}

function lowerKeys(context: Context): Map<string, readonly string[]> {
  return new Map(
    Object.entries(context).map(([key, value]) => [
      key.toLowerCase(),
      typeof value === 'string' ? [value] : value,
    ]),
  );
}

/** AWS's own sentence. */
export function deniedSentence(principal: Principal, permission: Permission, decision: Decision): string {
  const { action } = permission;
  // S3 puts resources in quotes; the other services do not.
  const resource = action.startsWith('s3:') ? `"${permission.resource}"` : permission.resource;
  const who = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  return decision === 'explicitDeny'
    ? `${who} with an explicit deny in an identity-based policy`
    : `${who} because no identity-based policy allows the ${action} action`;
}
