/** S3: objects in files below the world's folder. */
import * as sdk from '@aws-sdk/client-s3';
import { parsePolicy } from '../../iam/policy.ts';
import { physicalName } from '../../provision/names.ts';
import type { Provisioner, Service, World } from '../../service.ts';
import { Buckets } from './model.ts';
import { operations } from './operations.ts';

export function create(world: World): { service: Service } {
  const buckets = new Buckets(world);
  return {
    service: {
      signingName: 's3',
      sdk,
      operations: operations(buckets),
      provisioners: provisioners(buckets),
      start: () => buckets.sweep(),
      differences: [
        'Bucket policies are kept and shown, but only identity-based policies decide; there are no ACLs.',
        'Lifecycle rules never act, tags and object locks are refused, and everything says that it is encrypted with AES256 but is not.',
        'Presigned URLs expire, but their signature is not verified.',
      ],
    },
  };
}

function provisioners(buckets: Buckets): Record<string, Provisioner> {
  return {
    'AWS::S3::Bucket': {
      honours: ['BucketName', 'VersioningConfiguration'],
      ignores: {
        BucketEncryption: 'State is not encrypted at rest.',
        LifecycleConfiguration: 'Buckets go with the folder that holds the state; nothing expires in them.',
        PublicAccessBlockConfiguration: 'The port is on the loopback interface.',
        OwnershipControls: 'There is one account.',
        LoggingConfiguration: 'There are no access logs.',
        CorsConfiguration: 'Web pages of other origins may not call the embedded AWS.',
        Tags: 'Tags of buckets are in no condition that is evaluated here.',
      },
      provision(properties, place) {
        const name =
          (properties['BucketName'] as string | undefined) ?? physicalName(place, 63).toLowerCase();
        const versioning = properties['VersioningConfiguration'] as { Status?: string } | undefined;
        const before = buckets.all.get(name);
        buckets.create({
          name,
          created: before?.created ?? buckets.world.clock.now(),
          versioned: versioning?.Status === 'Enabled',
          ...(before?.policy !== undefined && { policy: before.policy }),
        });
        const { region } = buckets.world;
        return {
          ref: name,
          attributes: {
            Arn: `arn:aws:s3:::${name}`,
            DomainName: `${name}.s3.amazonaws.com`,
            RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
          },
        };
      },
      remove: (previous) => buckets.remove(previous.ref),
    },
    'AWS::S3::BucketPolicy': {
      honours: ['Bucket', 'PolicyDocument'],
      provision(properties, place) {
        const bucket = buckets.get(String(properties['Bucket']));
        parsePolicy(properties['PolicyDocument'], `bucket ${bucket.name}`);
        buckets.create({ ...bucket, policy: properties['PolicyDocument'] });
        return { ref: physicalName(place, 128) };
      },
    },
  };
}
