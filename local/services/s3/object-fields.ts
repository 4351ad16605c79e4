/** What the operations on objects share: refused members, kept headers, entity tags. */
import { AwsError, unsupported } from '../../service.ts';
import type { ObjectHeaders, Version } from './model.ts';

const HEADERS = [
  'ContentType',
  'ContentEncoding',
  'ContentDisposition',
  'ContentLanguage',
  'CacheControl',
  'Metadata',
] as const;

const CHECKSUMS = [
  'ContentMD5',
  'ChecksumAlgorithm',
  'ChecksumType',
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumCRC64NVME',
  'ChecksumSHA1',
  'ChecksumSHA256',
] as const;

/** Members of any operation that are checked below, or that mean nothing in one account. */
const ANYWHERE = [
  'Bucket',
  'ExpectedBucketOwner',
  'ExpectedSourceBucketOwner',
  'RequestPayer',
  'ACL',
  'StorageClass',
  'ServerSideEncryption',
  'BucketKeyEnabled',
] as const;

const READS = [
  'Key',
  'VersionId',
  'Range',
  'IfMatch',
  'IfNoneMatch',
  'IfModifiedSince',
  'IfUnmodifiedSince',
  'ChecksumMode',
  'ResponseContentType',
  'ResponseContentDisposition',
  'ResponseContentEncoding',
  'ResponseContentLanguage',
  'ResponseCacheControl',
] as const;

const LISTS = ['Prefix', 'Delimiter', 'MaxKeys', 'EncodingType'] as const;

/** The members that each operation honours; every other one is refused. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  PutObject: ['Key', 'Body', 'ContentLength', 'IfMatch', 'IfNoneMatch', ...HEADERS, ...CHECKSUMS],
  GetObject: READS,
  HeadObject: READS,
  CopyObject: ['Key', 'CopySource', 'MetadataDirective', 'IfMatch', 'IfNoneMatch', ...HEADERS],
  DeleteObject: ['Key', 'VersionId'],
  DeleteObjects: ['Delete', ...CHECKSUMS],
  ListObjectsV2: ['ContinuationToken', 'StartAfter', 'FetchOwner', ...LISTS],
  ListObjects: ['Marker', ...LISTS],
  ListObjectVersions: ['KeyMarker', ...LISTS],
  CreateMultipartUpload: ['Key', ...HEADERS, ...CHECKSUMS],
  UploadPart: ['Key', 'UploadId', 'PartNumber', 'Body', 'ContentLength', ...CHECKSUMS],
  CompleteMultipartUpload: [
    'Key',
    'UploadId',
    'MultipartUpload',
    'MpuObjectSize',
    'IfMatch',
    'IfNoneMatch',
    ...CHECKSUMS,
  ],
  AbortMultipartUpload: ['Key', 'UploadId'],
  ListParts: ['Key', 'UploadId', 'MaxParts', 'PartNumberMarker'],
  CreateBucket: ['CreateBucketConfiguration'],
};

/** Values of those members that are given everywhere and that only one of is true here. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  ACL: ['private', 'bucket-owner-full-control'],
  StorageClass: ['STANDARD'],
  ServerSideEncryption: ['AES256'],
};

/** Throws where the input holds what would change the operation and is not done here. */
export function checkFields(operation: string, input: object, account: string): void {
  for (const [field, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const known = (ANYWHERE as readonly string[]).includes(field) || FIELDS[operation]?.includes(field);
    if (!known) throw unsupported(operation, field);
    const only = ONLY[field];
    if (only && !only.includes(String(value))) throw unsupported(operation, `${field} ${value}`);
    if (/^Expected(Source)?BucketOwner$/.test(field) && value !== account) {
      throw new AwsError('AccessDenied', 'Access Denied', {}, 403);
    }
  }
}

export function headersOf(input: ObjectHeaders): ObjectHeaders {
  const encoding = (input.ContentEncoding ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
    .join(',');
  return {
    ContentType: input.ContentType ?? 'binary/octet-stream',
    ...(encoding && { ContentEncoding: encoding }),
    ...(input.ContentDisposition !== undefined && { ContentDisposition: input.ContentDisposition }),
    ...(input.ContentLanguage !== undefined && { ContentLanguage: input.ContentLanguage }),
    ...(input.CacheControl !== undefined && { CacheControl: input.CacheControl }),
  };
}

/** Objects of a bucket that keeps no versions say nothing of one. */
export const versionOf = (version: Version) =>
  version.versionId === 'null' ? {} : { VersionId: version.versionId };

export function matchesTag(wanted: string, etag: string): boolean {
  return wanted.split(',').some((one) => one.trim() === '*' || unquoted(one) === unquoted(etag));
}

const unquoted = (tag: string) => tag.trim().replace(/^"|"$/g, '');
