/** PutObject, CopyObject, DeleteObject and DeleteObjects. */
import { copyFileSync } from 'node:fs';
import type {
  CopyObjectCommandInput,
  DeleteObjectCommandInput,
  DeleteObjectsCommandInput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError, type Call, unsupported } from '../../service.ts';
import { type Buckets, noSuchKey, type ObjectHeaders, preconditionFailed, type Version } from './model.ts';
import { headersOf, matchesTag, versionOf } from './object-fields.ts';
import { find } from './read.ts';
import { receive } from './receive.ts';

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

export async function putObject(buckets: Buckets, input: PutObjectCommandInput) {
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
