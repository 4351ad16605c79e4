/** STS: who am I, and sessions of roles. */

import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import * as sdk from '@aws-sdk/client-sts';
import { AwsError, type Call, type Operation, type Service, unsupported, type World } from '../../service.ts';

export function create(world: World): { service: Service } {
  const operations = {
    GetCallerIdentity: {
      // AWS answers it to everybody, whatever their policies say.
      permissions: () => [],
      run: (_input: unknown, call: Call) => ({
        Account: world.account,
        Arn: call.principal.arn,
        UserId: userId(world, call),
      }),
    },
    AssumeRole: {
      permissions: (input: AssumeRoleCommandInput) => [
        { action: 'sts:AssumeRole', resource: input.RoleArn ?? '*' },
      ],
      run(input: AssumeRoleCommandInput) {
        for (const field of [
          'Policy',
          'PolicyArns',
          'SerialNumber',
          'TokenCode',
          'ExternalId',
          'Tags',
        ] as const) {
          if (input[field] !== undefined) throw unsupported('AssumeRole', field);
        }
        const session = input.RoleSessionName ?? '';
        if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
          throw new AwsError(
            'ValidationError',
            `1 validation error detected: Value '${session}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
          );
        }
        const credentials = world.ports.iam.assume(input.RoleArn ?? '', session);
        const role = (input.RoleArn ?? '').split('/').at(-1) ?? '';
        return {
          Credentials: {
            AccessKeyId: credentials.accessKeyId,
            SecretAccessKey: credentials.secretAccessKey,
            SessionToken: credentials.sessionToken,
            Expiration: new Date(credentials.expiration),
          },
          AssumedRoleUser: {
            Arn: `arn:aws:sts::${world.account}:assumed-role/${role}/${session}`,
            AssumedRoleId: `AROA${role
              .toUpperCase()
              .replace(/[^A-Z0-9]/g, '')
              .slice(0, 17)}:${session}`,
          },
        };
      },
    },
  };
  return {
    service: {
      signingName: 'sts',
      sdk,
      operations: operations as unknown as Record<string, Operation>,
      differences: ['AssumeRole does not consult the trust of the role for principals of this account.'],
    },
  };
}

function userId(world: World, call: Call): string {
  const session = call.principal.arn.split('/').at(-1) ?? '';
  return call.principal.roleArn === undefined ? world.account : `AROAEXAMPLE:${session}`;
}
