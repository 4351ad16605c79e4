/** IAM: roles and their policies. The decisions themselves are in local/iam/. */
import * as sdk from '@aws-sdk/client-iam';
import type { Ports } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import { federation } from './federation.ts';
import { Iam } from './model.ts';
import { operations } from './operations.ts';
import { iamPort } from './port.ts';
import { provisioners } from './provision.ts';

export function create(world: World): { service: Service; ports: Pick<Ports, 'iam' | 'federation'> } {
  const iam = new Iam(world);
  const { port, provisioners: ofFederation } = federation(iam);
  return {
    service: {
      signingName: 'iam',
      sdk,
      operations: operations(iam),
      provisioners: { ...provisioners(iam), ...ofFederation },
      differences: [
        'Signatures are not verified: an access key that was issued here is its role, any other key is the account itself.',
        'Only identity-based policies decide. Resource policies (buckets, topics, repositories, Lambda permissions) are kept but not evaluated; there is one account, and service control policies, boundaries and session policies are refused.',
        'Of the policies that AWS manages, only those that Lambda, ECS, RDS and X-Ray need are known.',
      ],
    },
    ports: { iam: iamPort(iam), federation: port },
  };
}
