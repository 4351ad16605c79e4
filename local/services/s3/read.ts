/** GetObject and HeadObject: versions, conditions, ranges. */
import { createReadStream } from 'node:fs';
import type { GetObjectCommandInput, HeadObjectCommandInput } from '@aws-sdk/client-s3';
import { AwsError, type Call } from '../../service.ts';
import { type Buckets, noSuchKey, preconditionFailed, type Version } from './model.ts';
import { matchesTag, versionOf } from './object-fields.ts';
import { rangeOf } from './range.ts';

type ReadInput = GetObjectCommandInput & HeadObjectCommandInput;

/** The version that is asked for. Whoever may not list the bucket does not learn whether a key exists. */
export function find(buckets: Buckets, input: ReadInput, call: Call): Version {
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
  const version = find(buckets, input, call);
  if (version.file === undefined) throw noSuchKey(version.key);
  checkRead(version, input);
  const { start, length, more } = part(version, input);
  const Body =
    length === 0 ? new Uint8Array() : createReadStream(version.file, { start, end: start + length - 1 });
  return { ...described(version, input), ContentLength: length, ...more, Body };
}

export function headObject(buckets: Buckets, input: HeadObjectCommandInput, call: Call) {
  const version = find(buckets, input, call);
  checkRead(version, input);
  const { length, more } = part(version, input);
  return { ...described(version, input), ContentLength: length, ...more };
}
