/** AWS::IAM::Role, Policy and ManagedPolicy. */
import { parsePolicy } from '../../iam/policy.ts';
import { hashOf, physicalName } from '../../provision/names.ts';
import type { Provisioner } from '../../service.ts';
import { type Iam, idOf, type Role } from './model.ts';

interface InlinePolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: unknown;
}

export function provisioners(iam: Iam): Record<string, Provisioner> {
  const noTags = { Tags: 'Tags of roles and policies are in no condition that is evaluated here.' };
  return {
    'AWS::IAM::Role': {
      honours: [
        'RoleName',
        'Path',
        'AssumeRolePolicyDocument',
        'Policies',
        'ManagedPolicyArns',
        'Description',
        'MaxSessionDuration',
      ],
      ignores: noTags,
      provision(properties, place) {
        const name = (properties['RoleName'] as string | undefined) ?? physicalName(place);
        const path = (properties['Path'] as string | undefined) ?? '/';
        const inline = (properties['Policies'] as InlinePolicy[] | undefined) ?? [];
        const role: Role = {
          name,
          path,
          arn: iam.arn('role', path, name),
          id: idOf('AROA', name),
          created: iam.roles.get(name)?.created ?? iam.world.clock.now(),
          trust: properties['AssumeRolePolicyDocument'],
          maxSessionSeconds: Number(properties['MaxSessionDuration'] ?? 3600),
          inline: Object.fromEntries(inline.map((policy) => [policy.PolicyName, policy.PolicyDocument])),
          attached: [...((properties['ManagedPolicyArns'] as string[] | undefined) ?? [])],
          ...(properties['Description'] === undefined
            ? {}
            : { description: String(properties['Description']) }),
        };
        iam.check(role);
        iam.put(role);
        return { ref: name, attributes: { Arn: role.arn, RoleId: role.id } };
      },
      remove: (previous) => iam.removeRole(previous.ref),
    },
    'AWS::IAM::Policy': {
      honours: ['PolicyName', 'PolicyDocument', 'Roles'],
      provision(properties, place) {
        const name = String(properties['PolicyName']);
        const document = properties['PolicyDocument'];
        parsePolicy(document, name);
        for (const roleName of (properties['Roles'] as string[] | undefined) ?? []) {
          const role = iam.role(roleName);
          iam.put({ ...role, inline: { ...role.inline, [name]: document } });
        }
        const id = `${place.logicalId.slice(0, 20)}-${hashOf(`${place.stack}/${place.logicalId}`)}`;
        return { ref: name, attributes: { Id: id } };
      },
    },
    'AWS::IAM::ManagedPolicy': {
      honours: ['ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles', 'Description'],
      ignores: noTags,
      provision(properties, place) {
        const name = (properties['ManagedPolicyName'] as string | undefined) ?? physicalName(place, 128);
        const path = (properties['Path'] as string | undefined) ?? '/';
        const arn = iam.arn('policy', path, name);
        parsePolicy(properties['PolicyDocument'], name);
        iam.putPolicy({
          name,
          path,
          arn,
          id: idOf('ANPA', arn),
          created: iam.policies.get(arn)?.created ?? iam.world.clock.now(),
          document: properties['PolicyDocument'],
          ...(properties['Description'] === undefined
            ? {}
            : { description: String(properties['Description']) }),
        });
        for (const roleName of (properties['Roles'] as string[] | undefined) ?? []) {
          const role = iam.role(roleName);
          iam.put({ ...role, attached: [...new Set([...role.attached, arn])] });
        }
        return { ref: arn, attributes: { PolicyArn: arn, PolicyId: idOf('ANPA', arn) } };
      },
      remove: (previous) => iam.removePolicy(previous.ref),
    },
  };
}
