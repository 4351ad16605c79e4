import type { Permission } from '../permission.ts';
import { type ArnScope, secretArn } from './arns.ts';

/** `inspect-database` reads one secret and stands in the service's network. */
export function inspectPermissions(
  secret: string,
  scope: Pick<ArnScope, 'region' | 'account'>,
): readonly Permission[] {
  return [
    { sid: 'ReadSecret', actions: ['secretsmanager:GetSecretValue'], resources: [secretArn(secret, scope)] },
    {
      sid: 'NetworkInterfaces',
      actions: [
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
      why: 'Lambda makes the function’s interfaces with this role; the describing actions know no resource, and an interface has no ARN before it exists.',
    },
  ];
}
