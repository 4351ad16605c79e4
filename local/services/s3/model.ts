/** Buckets and the versions of their objects: what is known of each in the store, its bytes in a file of its own. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';

export interface Bucket {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly versioned: boolean;
  readonly policy?: unknown;
}

export interface Version {
  readonly key: string;
  /** `null` for objects of a bucket that keeps no versions. */
  readonly versionId: string;
  readonly modified: number;
  /** A delete marker has no file. */
  readonly file: string | undefined;
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  readonly headers: ObjectHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  /** By the SDK's member name, for example `ChecksumCRC32`. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Headers that are kept with an object and come back with it. */
export interface ObjectHeaders {
  readonly ContentType?: string;
  readonly ContentEncoding?: string;
  readonly ContentDisposition?: string;
  readonly ContentLanguage?: string;
  readonly CacheControl?: string;
}

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly started: number;
  readonly headers: ObjectHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly parts: Record<string, Part>;
}

export interface Part {
  readonly number: number;
  readonly file: string;
  readonly size: number;
  /** MD5 of the part, hexadecimal. */
  readonly md5: string;
  readonly modified: number;
}

export class Buckets {
  readonly world: World;
  readonly all: Collection<Bucket>;
  readonly uploads: Collection<Upload>;

  constructor(world: World) {
    this.world = world;
    const store = world.store('s3');
    this.all = store.collection<Bucket>('buckets');
    this.uploads = store.collection<Upload>('uploads');
  }

  get(name: string | undefined): Bucket {
    const found = this.all.get(name ?? '');
    if (!found) throw noSuchBucket(name ?? '');
    return found;
  }

  create(bucket: Bucket): void {
    mkdirSync(this.folder(bucket.name), { recursive: true });
    this.all.set(bucket.name, bucket);
  }

  remove(name: string): void {
    for (const key of this.keys(name)) this.objects(name).delete(key);
    this.all.delete(name);
    rmSync(this.folder(name), { recursive: true, force: true });
  }

  folder(name: string): string {
    return join(this.world.folder, 's3', name);
  }

  newFile(name: string): string {
    mkdirSync(this.folder(name), { recursive: true });
    return join(this.folder(name), randomUUID());
  }

  /** Keys in the order of their UTF-8 bytes, as S3 lists them; those whose newest version is a delete marker too. */
  keys(name: string): string[] {
    return this.objects(name)
      .entries()
      .map(([key]) => key)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  versions(bucket: string, key: string): readonly Version[] {
    return this.objects(bucket).get(key) ?? [];
  }

  /** The newest version, unless that is a delete marker. */
  current(bucket: string, key: string): Version | undefined {
    const newest = this.versions(bucket, key).at(-1);
    return newest?.file === undefined ? undefined : newest;
  }

  /** Adds a version; replaces the object where the bucket keeps none. */
  add(bucket: Bucket, version: Omit<Version, 'versionId'>): Version {
    const before = this.versions(bucket.name, version.key);
    const kept = bucket.versioned ? before : before.filter(({ versionId }) => versionId !== 'null');
    for (const gone of before) if (!kept.includes(gone)) this.removeFile(gone);
    const added = { ...version, versionId: bucket.versioned ? randomUUID().replaceAll('-', '') : 'null' };
    this.objects(bucket.name).set(version.key, [...kept, added]);
    return added;
  }

  drop(bucket: string, version: Version): void {
    const rest = this.versions(bucket, version.key).filter((one) => one !== version);
    this.removeFile(version);
    if (rest.length > 0) this.objects(bucket).set(version.key, rest);
    else this.objects(bucket).delete(version.key);
  }

  /** Files of uploads that a kill cut short belong to no object. */
  sweep(): void {
    for (const { name } of this.all.values()) {
      if (!existsSync(this.folder(name))) continue;
      const known = new Set(
        this.keys(name).flatMap((key) => this.versions(name, key).map(({ file }) => file)),
      );
      for (const upload of this.uploads.values()) {
        for (const part of Object.values(upload.parts)) known.add(part.file);
      }
      for (const file of readdirSync(this.folder(name))) {
        const path = join(this.folder(name), file);
        if (!known.has(path)) rmSync(path, { force: true });
      }
    }
  }

  private objects(bucket: string): Collection<Version[]> {
    return this.world.store('s3').collection<Version[]>(`objects-${bucket}`);
  }

  private removeFile(version: Version): void {
    if (version.file !== undefined) rmSync(version.file, { force: true });
  }
}

export function noSuchBucket(BucketName: string): AwsError {
  return new AwsError('NoSuchBucket', 'The specified bucket does not exist', { BucketName }, 404);
}

export function noSuchKey(Key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', { Key }, 404);
}

export function preconditionFailed(Condition: string): AwsError {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new AwsError('PreconditionFailed', message, { Condition }, 412);
}
