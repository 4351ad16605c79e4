/** S3's operations with the permissions that each needs. */
import type { Call, Operation } from '../../service.ts';
import { AwsError } from '../../service.ts';
import { listObjects, listObjectsV2, listObjectVersions } from './list.ts';
import type { Buckets } from './model.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
} from './multipart.ts';
import { checkFields } from './object-fields.ts';
import { copyObject, copySource, deleteObject, deleteObjects, putObject } from './objects.ts';
import { getObject, headObject } from './read.ts';

interface Named {
  readonly Bucket?: string;
  readonly Key?: string;
  readonly VersionId?: string;
}

const bucketArn = (input: Named) => `arn:aws:s3:::${input.Bucket ?? ''}`;
const objectArn = (input: Named) => `${bucketArn(input)}/${input.Key ?? ''}`;

export function operations(buckets: Buckets): Record<string, Operation> {
  const onBucket = (action: string) => (input: Named) => [
    { action: `s3:${action}`, resource: bucketArn(input) },
  ];
  const onObject = (action: string) => (input: Named) => [
    { action: `s3:${action}`, resource: objectArn(input) },
  ];
  /** Old versions have actions of their own. */
  const onVersion = (action: string) => (input: Named) => [
    { action: `s3:${action}${input.VersionId === undefined ? '' : 'Version'}`, resource: objectArn(input) },
  ];
  const listing = (action: string) => (input: Named & { Prefix?: string; Delimiter?: string }) => [
    {
      action: `s3:${action}`,
      resource: bucketArn(input),
      context: { 's3:prefix': input.Prefix ?? '', 's3:delimiter': input.Delimiter ?? '' },
    },
  ];
  /** Every function of the other files takes the buckets first. */
  const run =
    <I, O>(work: (buckets: Buckets, input: I, call: Call) => O) =>
    (input: I, call: Call) =>
      work(buckets, input, call);

  const table = {
    PutObject: { permissions: onObject('PutObject'), run: run(putObject) },
    GetObject: { permissions: onVersion('GetObject'), run: run(getObject) },
    HeadObject: { permissions: onVersion('GetObject'), run: run(headObject) },
    CopyObject: {
      permissions: (input: Named & { CopySource?: string }) => {
        const { bucket, key } = copySource(input.CopySource);
        return [...onObject('GetObject')({ Bucket: bucket, Key: key }), ...onObject('PutObject')(input)];
      },
      run: run(copyObject),
    },
    DeleteObject: { permissions: onVersion('DeleteObject'), run: run(deleteObject) },
    DeleteObjects: {
      permissions: (input: Named & { Delete?: { Objects?: readonly Named[] } }) =>
        (input.Delete?.Objects ?? []).flatMap((one) =>
          onVersion('DeleteObject')({ ...one, Bucket: input.Bucket ?? '' }),
        ),
      run: run(deleteObjects),
    },
    ListObjectsV2: { permissions: listing('ListBucket'), run: run(listObjectsV2) },
    ListObjects: { permissions: listing('ListBucket'), run: run(listObjects) },
    ListObjectVersions: { permissions: listing('ListBucketVersions'), run: run(listObjectVersions) },
    CreateMultipartUpload: { permissions: onObject('PutObject'), run: run(createMultipartUpload) },
    UploadPart: { permissions: onObject('PutObject'), run: run(uploadPart) },
    CompleteMultipartUpload: { permissions: onObject('PutObject'), run: run(completeMultipartUpload) },
    AbortMultipartUpload: { permissions: onObject('AbortMultipartUpload'), run: run(abortMultipartUpload) },
    ListParts: { permissions: onObject('ListMultipartUploadParts'), run: run(listParts) },
    ListBuckets: {
      permissions: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
      run: () => ({
        Buckets: buckets.all
          .values()
          .sort((a, b) => a.name.localeCompare(b.name))
          .map(({ name, created }) => ({ Name: name, CreationDate: new Date(created) })),
        Owner: { ID: buckets.world.account },
      }),
    },
    HeadBucket: {
      permissions: onBucket('ListBucket'),
      run: (input: Named) => {
        buckets.get(input.Bucket);
        return { BucketRegion: buckets.world.region };
      },
    },
    CreateBucket: {
      permissions: onBucket('CreateBucket'),
      run(input: Named) {
        const name = input.Bucket ?? '';
        if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
          throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: name });
        }
        if (buckets.all.has(name)) {
          const message =
            'Your previous request to create the named bucket succeeded and you already own it.';
          throw new AwsError('BucketAlreadyOwnedByYou', message, { BucketName: name }, 409);
        }
        buckets.create({ name, created: buckets.world.clock.now(), versioned: false });
        return { Location: `/${name}` };
      },
    },
    DeleteBucket: {
      permissions: onBucket('DeleteBucket'),
      run(input: Named) {
        const { name } = buckets.get(input.Bucket);
        if (buckets.keys(name).length > 0) {
          const message = 'The bucket you tried to delete is not empty';
          throw new AwsError('BucketNotEmpty', message, { BucketName: name }, 409);
        }
        buckets.remove(name);
        return {};
      },
    },
    GetBucketVersioning: {
      permissions: onBucket('GetBucketVersioning'),
      run: (input: Named) => (buckets.get(input.Bucket).versioned ? { Status: 'Enabled' } : {}),
    },
    GetBucketPolicy: {
      permissions: onBucket('GetBucketPolicy'),
      run(input: Named) {
        const { name, policy } = buckets.get(input.Bucket);
        if (policy !== undefined) return { Policy: JSON.stringify(policy) };
        const message = 'The bucket policy does not exist';
        throw new AwsError('NoSuchBucketPolicy', message, { BucketName: name }, 404);
      },
    },
  };
  return Object.fromEntries(
    Object.entries(table as unknown as Record<string, Checked>).map(([name, operation]) => [
      name,
      {
        permissions: operation.permissions,
        run(input: object, call: Call) {
          checkFields(name, input, buckets.world.account);
          return operation.run(input, call);
        },
      } as unknown as Operation,
    ]),
  );
}

interface Checked {
  permissions: Operation['permissions'];
  run(input: object, call: Call): unknown;
}
