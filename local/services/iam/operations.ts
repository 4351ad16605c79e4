/** What the CLI's preflight, the stock CLI and the tests ask of IAM. */
import type {
  AttachedPolicy,
  DeleteRolePolicyCommandInput,
  EvaluationResult,
  GetPolicyCommandInput,
  GetPolicyVersionCommandInput,
  GetRoleCommandInput,
  GetRolePolicyCommandInput,
  ListAttachedRolePoliciesCommandInput,
  ListRolePoliciesCommandInput,
  ListRolesCommandInput,
  PutRolePolicyCommandInput,
  Role as RoleShape,
  SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import { parsePolicy } from '../../iam/policy.ts';
import { honouring } from '../../operation.ts';
import type { Operation } from '../../service.ts';
import { type Iam, noSuchEntity, type Role } from './model.ts';
import { decideFor } from './port.ts';

/** IAM hands out documents percent-encoded. */
const encoded = (document: unknown) =>
  encodeURIComponent(typeof document === 'string' ? document : JSON.stringify(document));

export function operations(iam: Iam): Record<string, Operation> {
  const onRole = (action: string, name: string | undefined) => {
    const role = iam.roles.get(name ?? '');
    const resource = role?.arn ?? iam.arn('role', '/', name ?? '*');
    return [{ action: `iam:${action}`, resource }];
  };
  const table = {
    GetRole: {
      permissions: (input: GetRoleCommandInput) => onRole('GetRole', input.RoleName),
      run: (input: GetRoleCommandInput) => ({ Role: shapeOf(iam.role(input.RoleName ?? '')) }),
    },
    ListRoles: {
      permissions: () => [{ action: 'iam:ListRoles', resource: `arn:aws:iam::${iam.world.account}:role/` }],
      run: (input: ListRolesCommandInput) => ({
        Roles: iam.roles
          .values()
          .filter((role) => role.path.startsWith(input.PathPrefix ?? '/'))
          .map(shapeOf),
        IsTruncated: false,
      }),
    },
    ListRolePolicies: {
      permissions: (input: ListRolePoliciesCommandInput) => onRole('ListRolePolicies', input.RoleName),
      run: (input: ListRolePoliciesCommandInput) => ({
        PolicyNames: Object.keys(iam.role(input.RoleName ?? '').inline),
        IsTruncated: false,
      }),
    },
    GetRolePolicy: {
      permissions: (input: GetRolePolicyCommandInput) => onRole('GetRolePolicy', input.RoleName),
      run(input: GetRolePolicyCommandInput) {
        const role = iam.role(input.RoleName ?? '');
        const document = role.inline[input.PolicyName ?? ''];
        if (document === undefined) {
          throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
        }
        return { RoleName: role.name, PolicyName: input.PolicyName, PolicyDocument: encoded(document) };
      },
    },
    PutRolePolicy: {
      permissions: (input: PutRolePolicyCommandInput) => onRole('PutRolePolicy', input.RoleName),
      run(input: PutRolePolicyCommandInput) {
        const role = iam.role(input.RoleName ?? '');
        const name = input.PolicyName ?? '';
        parsePolicy(input.PolicyDocument, name);
        iam.put({ ...role, inline: { ...role.inline, [name]: JSON.parse(input.PolicyDocument ?? '{}') } });
        return {};
      },
    },
    DeleteRolePolicy: {
      permissions: (input: DeleteRolePolicyCommandInput) => onRole('DeleteRolePolicy', input.RoleName),
      run(input: DeleteRolePolicyCommandInput) {
        const role = iam.role(input.RoleName ?? '');
        const { [input.PolicyName ?? '']: gone, ...inline } = role.inline;
        if (gone === undefined) {
          throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
        }
        iam.put({ ...role, inline });
        return {};
      },
    },
    ListAttachedRolePolicies: {
      permissions: (input: ListAttachedRolePoliciesCommandInput) =>
        onRole('ListAttachedRolePolicies', input.RoleName),
      run(input: ListAttachedRolePoliciesCommandInput) {
        const attached: AttachedPolicy[] = iam
          .role(input.RoleName ?? '')
          .attached.map((arn) => ({ PolicyArn: arn, PolicyName: iam.policy(arn).name }));
        return { AttachedPolicies: attached, IsTruncated: false };
      },
    },
    GetPolicy: {
      permissions: (input: GetPolicyCommandInput) => [
        { action: 'iam:GetPolicy', resource: input.PolicyArn ?? '*' },
      ],
      run(input: GetPolicyCommandInput) {
        const policy = iam.policy(input.PolicyArn ?? '');
        return {
          Policy: {
            PolicyName: policy.name,
            PolicyId: policy.id,
            Arn: policy.arn,
            Path: policy.path,
            DefaultVersionId: 'v1',
            IsAttachable: true,
            CreateDate: new Date(policy.created),
            UpdateDate: new Date(policy.created),
          },
        };
      },
    },
    GetPolicyVersion: {
      permissions: (input: GetPolicyVersionCommandInput) => [
        { action: 'iam:GetPolicyVersion', resource: input.PolicyArn ?? '*' },
      ],
      run(input: GetPolicyVersionCommandInput) {
        const policy = iam.policy(input.PolicyArn ?? '');
        if (input.VersionId !== 'v1')
          throw noSuchEntity(`Policy ${policy.arn} version ${input.VersionId} does not exist.`);
        return {
          PolicyVersion: {
            Document: encoded(policy.document),
            VersionId: 'v1',
            IsDefaultVersion: true,
            CreateDate: new Date(policy.created),
          },
        };
      },
    },
    SimulatePrincipalPolicy: {
      permissions: (input: SimulatePrincipalPolicyCommandInput) => [
        { action: 'iam:SimulatePrincipalPolicy', resource: input.PolicySourceArn ?? '*' },
      ],
      run: (input: SimulatePrincipalPolicyCommandInput) => simulate(iam, input),
    },
  };
  return honouring(FIELDS, table as unknown as Record<string, Operation>);
}

/** Pages are not needed: an account here has few roles. */
const FIELDS = {
  GetRole: ['RoleName'],
  ListRoles: ['PathPrefix', 'MaxItems'],
  ListRolePolicies: ['RoleName', 'MaxItems'],
  GetRolePolicy: ['RoleName', 'PolicyName'],
  PutRolePolicy: ['RoleName', 'PolicyName', 'PolicyDocument'],
  DeleteRolePolicy: ['RoleName', 'PolicyName'],
  ListAttachedRolePolicies: ['RoleName', 'PathPrefix', 'MaxItems'],
  GetPolicy: ['PolicyArn'],
  GetPolicyVersion: ['PolicyArn', 'VersionId'],
  SimulatePrincipalPolicy: ['PolicySourceArn', 'ActionNames', 'ResourceArns', 'ContextEntries', 'MaxItems'],
};

function simulate(iam: Iam, input: SimulatePrincipalPolicyCommandInput) {
  const role = iam.role(input.PolicySourceArn ?? '');
  const context = Object.fromEntries(
    (input.ContextEntries ?? []).map((entry) => [entry.ContextKeyName ?? '', entry.ContextKeyValues ?? []]),
  );
  const results: EvaluationResult[] = [];
  for (const action of input.ActionNames ?? []) {
    for (const resource of input.ResourceArns ?? ['*']) {
      const decision = decideFor(iam, role.arn, { action, resource, context });
      results.push({
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: decision,
        MatchedStatements: [],
        MissingContextValues: [],
      });
    }
  }
  return { EvaluationResults: results, IsTruncated: false };
}

function shapeOf(role: Role): RoleShape {
  return {
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    Path: role.path,
    CreateDate: new Date(role.created),
    AssumeRolePolicyDocument: encoded(role.trust),
    MaxSessionDuration: role.maxSessionSeconds,
    ...(role.description === undefined ? {} : { Description: role.description }),
  };
}
