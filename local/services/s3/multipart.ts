/** Uploads in parts. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type {
  AbortMultipartUploadCommandInput,
  CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
  ListPartsCommandInput,
  UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError } from '../../service.ts';
import type { Buckets, ObjectHeaders, Part, Upload } from './model.ts';
import { headersOf } from './object-fields.ts';
import { checkWrite } from './objects.ts';
import { receive } from './receive.ts';

/** Every part but the last is at least this large. */
const SMALLEST_PART = 5 * 1024 * 1024;

function uploadOf(buckets: Buckets, id: string | undefined): Upload {
  const upload = buckets.uploads.get(id ?? '');
  if (upload) return upload;
  throw new AwsError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId: id },
    404,
  );
}

export function createMultipartUpload(buckets: Buckets, input: CreateMultipartUploadCommandInput) {
  const bucket = buckets.get(input.Bucket);
  const upload: Upload = {
    id: randomUUID().replaceAll('-', ''),
    bucket: bucket.name,
    key: input.Key ?? '',
    started: buckets.world.clock.now(),
    headers: headersOf(input as ObjectHeaders),
    metadata: input.Metadata ?? {},
    parts: {},
  };
  buckets.uploads.set(upload.id, upload);
  return {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.id,
    ServerSideEncryption: 'AES256',
    ...(input.ChecksumAlgorithm !== undefined && { ChecksumAlgorithm: input.ChecksumAlgorithm }),
    ...(input.ChecksumType !== undefined && { ChecksumType: input.ChecksumType }),
  };
}

export async function uploadPart(buckets: Buckets, input: UploadPartCommandInput) {
  const upload = uploadOf(buckets, input.UploadId);
  const number = input.PartNumber ?? 0;
  if (number < 1 || number > 10_000) {
    throw new AwsError('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  const file = buckets.newFile(upload.bucket);
  const received = await receive(input as never, file);
  const before = upload.parts[number];
  if (before) rmSync(before.file, { force: true });
  const part: Part = {
    number,
    file,
    size: received.size,
    md5: received.md5,
    modified: buckets.world.clock.now(),
  };
  buckets.uploads.set(upload.id, {
    ...upload,
    parts: { ...uploadOf(buckets, upload.id).parts, [number]: part },
  });
  return { ETag: `"${received.md5}"`, ...received.checksums, ServerSideEncryption: 'AES256' };
}

export async function completeMultipartUpload(buckets: Buckets, input: CompleteMultipartUploadCommandInput) {
  const upload = uploadOf(buckets, input.UploadId);
  const bucket = buckets.get(upload.bucket);
  const parts = chosenParts(upload, input);
  checkWrite(buckets.current(bucket.name, upload.key), input, upload.key);
  const file = buckets.newFile(bucket.name);
  const out = createWriteStream(file);
  for (const part of parts) await pipeline(createReadStream(part.file), out, { end: false });
  await new Promise<void>((resolve, reject) => out.on('error', reject).end(resolve));
  const digests = Buffer.concat(parts.map(({ md5 }) => Buffer.from(md5, 'hex')));
  const added = buckets.add(bucket, {
    key: upload.key,
    modified: buckets.world.clock.now(),
    file,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag: `"${createHash('md5').update(digests).digest('hex')}-${parts.length}"`,
    headers: upload.headers,
    metadata: upload.metadata,
    checksums: {},
  });
  discard(buckets, upload);
  return {
    Location: `${buckets.world.endpoint}/${bucket.name}/${encodeURIComponent(upload.key)}`,
    Bucket: bucket.name,
    Key: upload.key,
    ETag: added.etag,
    ServerSideEncryption: 'AES256',
    ...(added.versionId !== 'null' && { VersionId: added.versionId }),
  };
}

function chosenParts(upload: Upload, input: CompleteMultipartUploadCommandInput): Part[] {
  const wanted = input.MultipartUpload?.Parts ?? [];
  if (wanted.length === 0) {
    throw new AwsError('MalformedXML', 'The list of parts must have at least one member.');
  }
  const parts = wanted.map(({ PartNumber, ETag }) => {
    const part = upload.parts[PartNumber ?? 0];
    if (part && (ETag ?? '').replace(/"/g, '') === part.md5) return part;
    throw new AwsError(
      'InvalidPart',
      'One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part’s entity tag.',
    );
  });
  if (parts.some((part, index) => part.number <= (parts[index - 1]?.number ?? 0))) {
    throw new AwsError(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
    );
  }
  if (parts.slice(0, -1).some(({ size }) => size < SMALLEST_PART)) {
    throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  return parts;
}

export function abortMultipartUpload(buckets: Buckets, input: AbortMultipartUploadCommandInput) {
  discard(buckets, uploadOf(buckets, input.UploadId));
  return {};
}

export function listParts(buckets: Buckets, input: ListPartsCommandInput) {
  const upload = uploadOf(buckets, input.UploadId);
  const all = Object.values(upload.parts).sort((a, b) => a.number - b.number);
  const after = Number(input.PartNumberMarker ?? 0);
  const limit = Math.min(input.MaxParts ?? 1000, 1000);
  const rest = all.filter(({ number }) => number > after);
  const parts = rest.slice(0, limit);
  return {
    Bucket: upload.bucket,
    Key: upload.key,
    UploadId: upload.id,
    MaxParts: limit,
    IsTruncated: rest.length > limit,
    ...(rest.length > limit && { NextPartNumberMarker: String(parts.at(-1)?.number) }),
    Parts: parts.map(({ number, md5, size, modified }) => ({
      PartNumber: number,
      ETag: `"${md5}"`,
      Size: size,
      LastModified: new Date(modified),
    })),
  };
}

function discard(buckets: Buckets, upload: Upload): void {
  for (const part of Object.values(upload.parts)) rmSync(part.file, { force: true });
  buckets.uploads.delete(upload.id);
}
