/**
 * What a role may do, with the reason for every wildcard. The reason is part of the data and not a comment, so that a
 * wildcard without one cannot be synthesized, and cdk-nag's report shows it.
 */
import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';

export interface Permission {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Why a resource has a `*`: AWS knows none for these actions, or its name is not known before it exists. */
  readonly why?: string;
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export function grant(role: Role, permissions: readonly Permission[]): void {
  for (const { sid, actions, resources, why, conditions } of permissions) {
    const wild = [...actions, ...resources].filter((part) => part.includes('*'));
    if (wild.length > 0 && !why)
      throw new Error(`${role.node.path}: ${sid} has ${wild[0]} and says not why.`);
    role.addToPolicy(
      new PolicyStatement({
        sid,
        actions: [...actions],
        resources: [...resources],
        ...(conditions ? { conditions } : {}),
      }),
    );
    for (const resource of resources.filter((each) => each.includes('*')))
      acknowledge(role, resource, why ?? '');
  }
}

/** For statements that the CDK itself adds to a role. */
export function acknowledge(role: Role, resource: string, reason: string): void {
  const finding = flat(Stack.of(role).resolve(resource));
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
}

/** A reference as cdk-nag writes it: `<Table.Arn>/index/*`. */
function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, inner] = []] = Object.entries(value);
  if (name === 'Ref') return `<${inner}>`;
  if (name === 'Fn::GetAtt') return `<${(inner as string[]).join('.')}>`;
  if (name === 'Fn::Join') {
    const [delimiter, parts] = inner as [string, unknown[]];
    return parts.map(flat).join(delimiter);
  }
  throw new Error(`A policy's resource may not be ${name}.`);
}
