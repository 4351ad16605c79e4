/** ListObjectsV2, ListObjects and ListObjectVersions: prefixes, delimiters and pages. */
import type {
  ListObjectsCommandInput,
  ListObjectsV2CommandInput,
  ListObjectVersionsCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError } from '../../service.ts';
import type { Buckets, Version } from './model.ts';

const PAGE = 1000;

interface Listing {
  readonly keys: string[];
  readonly prefixes: string[];
  /** The last key or prefix of a page that is not the last one. */
  readonly next: string | undefined;
}

/** One page of keys after `after`, those with a common prefix up to the delimiter gathered into one entry. */
function page(
  all: readonly string[],
  after: string,
  options: { prefix: string; delimiter: string; limit: number },
): Listing {
  const { prefix, delimiter, limit } = options;
  const keys: string[] = [];
  const prefixes: string[] = [];
  let last = '';
  for (const key of all) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const entry = at === -1 ? key : key.slice(0, at + delimiter.length);
    // A page that ended with a prefix goes on after everything below it.
    if (entry <= after || (at !== -1 && prefixes.at(-1) === entry)) continue;
    if (keys.length + prefixes.length >= limit) return { keys, prefixes, next: last };
    if (at === -1) keys.push(key);
    else prefixes.push(entry);
    last = entry;
  }
  return { keys, prefixes, next: undefined };
}

function limitOf(maxKeys: number | undefined): number {
  if (maxKeys !== undefined && maxKeys < 0) {
    throw new AwsError('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647');
  }
  return Math.min(maxKeys ?? PAGE, PAGE);
}

/** With `encoding-type=url` keys go over the wire percent-encoded, since XML cannot carry every character. */
function encoder(type: string | undefined): (text: string) => string {
  return type === 'url' ? (text) => encodeURIComponent(text).replace(/%2F/g, '/') : (text) => text;
}

function liveKeys(buckets: Buckets, bucket: string): string[] {
  return buckets.keys(bucket).filter((key) => buckets.current(bucket, key));
}

function contents(buckets: Buckets, bucket: string, key: string, encode: (text: string) => string) {
  const version = buckets.current(bucket, key) as Version;
  return {
    Key: encode(key),
    LastModified: new Date(version.modified),
    ETag: version.etag,
    Size: version.size,
    StorageClass: 'STANDARD' as const,
  };
}

export function listObjectsV2(buckets: Buckets, input: ListObjectsV2CommandInput) {
  const { name } = buckets.get(input.Bucket);
  const encode = encoder(input.EncodingType);
  const after =
    input.ContinuationToken === undefined
      ? (input.StartAfter ?? '')
      : Buffer.from(input.ContinuationToken, 'base64').toString('utf8');
  const prefix = input.Prefix ?? '';
  const limit = limitOf(input.MaxKeys);
  const listing = page(liveKeys(buckets, name), after, { prefix, delimiter: input.Delimiter ?? '', limit });
  return {
    Name: name,
    Prefix: encode(prefix),
    ...(input.Delimiter !== undefined && { Delimiter: encode(input.Delimiter) }),
    MaxKeys: limit,
    KeyCount: listing.keys.length + listing.prefixes.length,
    IsTruncated: listing.next !== undefined,
    Contents: listing.keys.map((key) => contents(buckets, name, key, encode)),
    CommonPrefixes: listing.prefixes.map((one) => ({ Prefix: encode(one) })),
    ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    ...(input.ContinuationToken !== undefined && { ContinuationToken: input.ContinuationToken }),
    ...(input.StartAfter !== undefined && { StartAfter: encode(input.StartAfter) }),
    ...(listing.next !== undefined && {
      NextContinuationToken: Buffer.from(listing.next).toString('base64'),
    }),
  };
}

export function listObjects(buckets: Buckets, input: ListObjectsCommandInput) {
  const { name } = buckets.get(input.Bucket);
  const encode = encoder(input.EncodingType);
  const prefix = input.Prefix ?? '';
  const limit = limitOf(input.MaxKeys);
  const delimiter = input.Delimiter ?? '';
  const listing = page(liveKeys(buckets, name), input.Marker ?? '', { prefix, delimiter, limit });
  return {
    Name: name,
    Prefix: encode(prefix),
    Marker: encode(input.Marker ?? ''),
    ...(input.Delimiter !== undefined && { Delimiter: encode(input.Delimiter) }),
    MaxKeys: limit,
    IsTruncated: listing.next !== undefined,
    Contents: listing.keys.map((key) => contents(buckets, name, key, encode)),
    CommonPrefixes: listing.prefixes.map((one) => ({ Prefix: encode(one) })),
    ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    ...(listing.next !== undefined && delimiter !== '' && { NextMarker: encode(listing.next) }),
  };
}

export function listObjectVersions(buckets: Buckets, input: ListObjectVersionsCommandInput) {
  const { name } = buckets.get(input.Bucket);
  const encode = encoder(input.EncodingType);
  const prefix = input.Prefix ?? '';
  const limit = limitOf(input.MaxKeys);
  const listing = page(buckets.keys(name), input.KeyMarker ?? '', {
    prefix,
    delimiter: input.Delimiter ?? '',
    limit,
  });
  const entries = listing.keys.flatMap((key) =>
    [...buckets.versions(name, key)].reverse().map((version, index) => ({ version, IsLatest: index === 0 })),
  );
  const shared = ({ version, IsLatest }: { version: Version; IsLatest: boolean }) => ({
    Key: encode(version.key),
    VersionId: version.versionId,
    IsLatest,
    LastModified: new Date(version.modified),
  });
  return {
    Name: name,
    Prefix: encode(prefix),
    MaxKeys: limit,
    IsTruncated: listing.next !== undefined,
    Versions: entries
      .filter(({ version }) => version.file !== undefined)
      .map((entry) => ({
        ...shared(entry),
        ETag: entry.version.etag,
        Size: entry.version.size,
        StorageClass: 'STANDARD' as const,
      })),
    DeleteMarkers: entries.filter(({ version }) => version.file === undefined).map(shared),
    CommonPrefixes: listing.prefixes.map((one) => ({ Prefix: encode(one) })),
    ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    ...(listing.next !== undefined && { NextKeyMarker: encode(listing.next) }),
  };
}
