/** PutObject, GetObject, HeadObject, CopyObject, DeleteObject and DeleteObjects. */
import { copyFileSync, createReadStream } from 'node:fs';
import type {
  CopyObjectCommandInput,
  DeleteObjectCommandInput,
  DeleteObjectsCommandInput,
  GetObjectCommandInput,
  HeadObjectCommandInput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError, type Call, unsupported } from '../../service.ts';
import { type Buckets, noSuchKey, type ObjectHeaders, preconditionFailed, type Version } from './model.ts';
import { rangeOf } from './range.ts';
import { receive } from './receive.ts';

/** Members that would change what S3 does and that are not done here. */
const REFUSED = [
  'Tagging',
  'WebsiteRedirectLocation',
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'ObjectLockMode',
  'ObjectLockRetainUntilDate',
  'ObjectLockLegalHoldStatus',
  'GrantFullControl',
  'GrantRead',
  'GrantReadACP',
  'GrantWriteACP',
  'WriteOffsetBytes',
  'PartNumber',
  'CopySourceSSECustomerAlgorithm',
  'MFA',
] as const;

export function refuse(operation: string, input: object): void {
  for (const field of REFUSED) {
    if ((input as Record<string, unknown>)[field] !== undefined) throw unsupported(operation, field);
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

const versionOf = (version: Version) =>
  version.versionId === 'null' ? {} : { VersionId: version.versionId };

/** Conditions of a write, held against the object as it is when the write takes effect. */
export function checkWrite(
  current: Version | undefined,
  input: { IfNoneMatch?: string | undefined; IfMatch?: string | undefined },
  key: string,
): void {
  if (input.IfNoneMatch !== undefined) {
    if (input.IfNoneMatch !== '*') throw unsupported('PutObject', 'IfNoneMatch other than *');
    if (current) throw preconditionFailed('If-None-Match');
  }
  if (input.IfMatch !== undefined) {
    if (!current) throw noSuchKey(key);
    if (!matchesTag(input.IfMatch, current.etag)) throw preconditionFailed('If-Match');
  }
}

function matchesTag(wanted: string, etag: string): boolean {
  return wanted.split(',').some((one) => one.trim() === '*' || unquoted(one) === unquoted(etag));
}

const unquoted = (tag: string) => tag.trim().replace(/^"|"$/g, '');

export async function putObject(buckets: Buckets, input: PutObjectCommandInput) {
  refuse('PutObject', input);
  const bucket = buckets.get(input.Bucket);
  const key = input.Key ?? '';
  checkWrite(buckets.current(bucket.name, key), input, key);
  const file = buckets.newFile(bucket.name);
  const received = await receive(input as never, file);
  checkWrite(buckets.current(bucket.name, key), input, key);
  const added = buckets.add(bucket, {
    key,
    modified: buckets.world.clock.now(),
    file,
    size: received.size,
    etag: `"${received.md5}"`,
    headers: headersOf(input as ObjectHeaders),
    metadata: input.Metadata ?? {},
    checksums: received.checksums,
  });
  return {
    ETag: added.etag,
    ...added.checksums,
    ChecksumType: 'FULL_OBJECT',
    ServerSideEncryption: 'AES256',
    ...versionOf(added),
  };
}

type ReadInput = GetObjectCommandInput & HeadObjectCommandInput;

/** The version that is asked for. Whoever may not list the bucket does not learn whether a key exists. */
function find(buckets: Buckets, input: ReadInput, call: Call): Version {
  const bucket = buckets.get(input.Bucket);
  const key = input.Key ?? '';
  const found =
    input.VersionId === undefined
      ? buckets.current(bucket.name, key)
      : buckets.versions(bucket.name, key).find(({ versionId }) => versionId === input.VersionId);
  if (found) return found;
  buckets.world.ports.iam.authorize(call.principal, [
    { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket.name}` },
  ]);
  throw noSuchKey(key);
}

function checkRead(version: Version, input: ReadInput): void {
  const seconds = Math.floor(version.modified / 1000) * 1000;
  if (input.IfMatch !== undefined && !matchesTag(input.IfMatch, version.etag)) {
    throw preconditionFailed('If-Match');
  }
  if (input.IfUnmodifiedSince && seconds > input.IfUnmodifiedSince.getTime() && input.IfMatch === undefined) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const sameTag = input.IfNoneMatch !== undefined && matchesTag(input.IfNoneMatch, version.etag);
  const old =
    input.IfNoneMatch === undefined && input.IfModifiedSince && seconds <= input.IfModifiedSince.getTime();
  if (sameTag || old) throw new AwsError('NotModified', 'Not Modified', {}, 304);
}

function described(version: Version, input: ReadInput) {
  const whole = input.Range === undefined;
  return {
    AcceptRanges: 'bytes',
    LastModified: new Date(version.modified),
    ETag: version.etag,
    ...version.headers,
    ...(input.ResponseContentType !== undefined && { ContentType: input.ResponseContentType }),
    ...(input.ResponseContentDisposition !== undefined && {
      ContentDisposition: input.ResponseContentDisposition,
    }),
    ...(input.ResponseCacheControl !== undefined && { CacheControl: input.ResponseCacheControl }),
    ...(input.ResponseContentEncoding !== undefined && { ContentEncoding: input.ResponseContentEncoding }),
    ...(input.ResponseContentLanguage !== undefined && { ContentLanguage: input.ResponseContentLanguage }),
    Metadata: version.metadata,
    ServerSideEncryption: 'AES256',
    ...versionOf(version),
    ...(input.ChecksumMode === 'ENABLED' &&
      whole && {
        ...version.checksums,
        ChecksumType: version.etag.includes('-') ? 'COMPOSITE' : 'FULL_OBJECT',
      }),
  };
}

function part(version: Version, input: ReadInput) {
  const range = rangeOf(input.Range, version.size);
  if (!range) return { start: 0, length: version.size, more: {} };
  return {
    start: range.start,
    length: range.end - range.start + 1,
    more: {
      ContentRange: `bytes ${range.start}-${range.end}/${version.size}`,
      $metadata: { httpStatusCode: 206 },
    },
  };
}

export function getObject(buckets: Buckets, input: GetObjectCommandInput, call: Call) {
  refuse('GetObject', input);
  const version = find(buckets, input, call);
  if (version.file === undefined) throw noSuchKey(version.key);
  checkRead(version, input);
  const { start, length, more } = part(version, input);
  const Body =
    length === 0 ? new Uint8Array() : createReadStream(version.file, { start, end: start + length - 1 });
  return { ...described(version, input), ContentLength: length, ...more, Body };
}

export function headObject(buckets: Buckets, input: HeadObjectCommandInput, call: Call) {
  refuse('HeadObject', input);
  const version = find(buckets, input, call);
  checkRead(version, input);
  const { length, more } = part(version, input);
  return { ...described(version, input), ContentLength: length, ...more };
}

export function copySource(source: string | undefined): { bucket: string; key: string; versionId?: string } {
  const [path = '', search = ''] = (source ?? '').replace(/^\//, '').split('?');
  const decoded = decodeURIComponent(path);
  const slash = decoded.indexOf('/');
  if (slash <= 0) throw new AwsError('InvalidArgument', 'Copy Source must mention the source bucket and key');
  const versionId = new URLSearchParams(search).get('versionId');
  return {
    bucket: decoded.slice(0, slash),
    key: decoded.slice(slash + 1),
    ...(versionId !== null && { versionId }),
  };
}

export function copyObject(buckets: Buckets, input: CopyObjectCommandInput, call: Call) {
  refuse('CopyObject', input);
  const from = copySource(input.CopySource);
  const source = find(
    buckets,
    { Bucket: from.bucket, Key: from.key, ...(from.versionId && { VersionId: from.versionId }) },
    call,
  );
  if (source.file === undefined) throw noSuchKey(from.key);
  const bucket = buckets.get(input.Bucket);
  const key = input.Key ?? '';
  checkWrite(buckets.current(bucket.name, key), input, key);
  const replace = input.MetadataDirective === 'REPLACE';
  const file = buckets.newFile(bucket.name);
  copyFileSync(source.file, file);
  const added = buckets.add(bucket, {
    ...source,
    key,
    modified: buckets.world.clock.now(),
    file,
    headers: replace ? headersOf(input as ObjectHeaders) : source.headers,
    metadata: replace ? (input.Metadata ?? {}) : source.metadata,
  });
  return {
    CopyObjectResult: { ETag: added.etag, LastModified: new Date(added.modified), ...added.checksums },
    ServerSideEncryption: 'AES256',
    ...versionOf(added),
  };
}

export function deleteObject(
  buckets: Buckets,
  input: DeleteObjectCommandInput,
): { DeleteMarker?: boolean; VersionId?: string } {
  refuse('DeleteObject', input);
  const bucket = buckets.get(input.Bucket);
  const key = input.Key ?? '';
  if (input.VersionId !== undefined) {
    const version = buckets.versions(bucket.name, key).find(({ versionId }) => versionId === input.VersionId);
    if (version) buckets.drop(bucket.name, version);
    return {
      VersionId: input.VersionId,
      ...(version?.file === undefined && version && { DeleteMarker: true }),
    };
  }
  if (!bucket.versioned) {
    const current = buckets.current(bucket.name, key);
    if (current) buckets.drop(bucket.name, current);
    return {};
  }
  const marker = buckets.add(bucket, {
    key,
    modified: buckets.world.clock.now(),
    file: undefined,
    size: 0,
    etag: '',
    headers: {},
    metadata: {},
    checksums: {},
  });
  return { DeleteMarker: true, VersionId: marker.versionId };
}

export function deleteObjects(buckets: Buckets, input: DeleteObjectsCommandInput) {
  refuse('DeleteObjects', input);
  const objects = input.Delete?.Objects ?? [];
  if (objects.length === 0 || objects.length > 1000) {
    throw new AwsError('MalformedXML', 'The list of keys must have between 1 and 1000 members.');
  }
  const Deleted = objects.map(({ Key, VersionId }) => {
    const result = deleteObject(buckets, { Bucket: input.Bucket, Key, VersionId });
    return {
      Key,
      ...(VersionId !== undefined && { VersionId }),
      ...(VersionId === undefined &&
        result.DeleteMarker && { DeleteMarker: true, DeleteMarkerVersionId: result.VersionId }),
    };
  });
  return input.Delete?.Quiet ? {} : { Deleted };
}
