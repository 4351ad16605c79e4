/** Roles and managed policies of the account, and the statements that count for a role. */
import { parsePolicy, type Statement } from '../../iam/policy.ts';
import { AwsError, type World } from '../../service.ts';
import { awsManagedPolicies } from './aws-managed.ts';

export interface Role {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly trust: unknown;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  readonly inline: Record<string, unknown>;
  readonly attached: string[];
}

export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly created: number;
  readonly document: unknown;
  readonly description?: string;
}

export class Iam {
  readonly world: World;
  readonly roles;
  readonly policies;
  /** Parsed policies by role; emptied whenever a role or a policy changes. */
  private readonly parsed = new Map<string, Statement[]>();

  constructor(world: World) {
    this.world = world;
    const store = world.store('iam');
    this.roles = store.collection<Role>('roles');
    this.policies = store.collection<ManagedPolicy>('policies');
  }

  arn(kind: 'role' | 'policy', path: string, name: string): string {
    return `arn:aws:iam::${this.world.account}:${kind}${path}${name}`;
  }

  /** By name, or by the last part of an ARN. */
  role(nameOrArn: string): Role {
    const name = nameOrArn.split('/').at(-1) ?? nameOrArn;
    const found = this.roles.get(name);
    if (!found) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return found;
  }

  policy(arn: string): ManagedPolicy {
    const document = awsManagedPolicies[arn];
    if (document) {
      const name = arn.split('/').at(-1) ?? arn;
      return { name, path: '/', arn, id: idOf('ANPA', arn), created: 0, document };
    }
    const found = this.policies.get(arn);
    if (!found) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    return found;
  }

  put(role: Role): void {
    this.roles.set(role.name, role);
    this.parsed.clear();
  }

  putPolicy(policy: ManagedPolicy): void {
    this.policies.set(policy.arn, policy);
    this.parsed.clear();
  }

  removeRole(name: string): void {
    this.roles.delete(name);
    this.parsed.clear();
  }

  removePolicy(arn: string): void {
    this.policies.delete(arn);
    for (const role of this.roles.values()) {
      if (role.attached.includes(arn)) {
        this.put({ ...role, attached: role.attached.filter((attached) => attached !== arn) });
      }
    }
    this.parsed.clear();
  }

  /** Throws before anything is kept if a document cannot be evaluated. */
  check(role: Role): void {
    parsePolicy(role.trust, `the trust of role ${role.name}`);
    for (const [name, document] of Object.entries(role.inline)) {
      parsePolicy(document, `role ${role.name}, ${name}`);
    }
    for (const arn of role.attached) this.policy(arn);
  }

  statements(roleName: string): Statement[] {
    let statements = this.parsed.get(roleName);
    if (!statements) {
      const role = this.role(roleName);
      statements = Object.entries(role.inline).flatMap(([name, document]) =>
        parsePolicy(document, `role ${role.name}, ${name}`),
      );
      for (const arn of role.attached) statements.push(...parsePolicy(this.policy(arn).document, arn));
      this.parsed.set(roleName, statements);
    }
    return statements;
  }

  trustOf(roleName: string): Statement[] {
    return parsePolicy(this.role(roleName).trust, `the trust of role ${roleName}`);
  }
}

export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntityException', message, {}, 404);
}

/** Unique ids as IAM makes them: a prefix for the kind, then capitals and digits. */
export function idOf(prefix: 'AROA' | 'ANPA', seed: string): string {
  let hash = 0n;
  for (const character of seed)
    hash = (hash * 1_000_003n + BigInt(character.codePointAt(0) ?? 0)) % 36n ** 17n;
  return prefix + hash.toString(36).toUpperCase().padStart(17, '0');
}
