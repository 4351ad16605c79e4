/** JSON in the artefact bucket: manifests, pointers, judgements. What is read is checked by its schema. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { isNamed } from './errors.ts';

/** Undefined where there is no such key. Throws zod's error where the content has another shape. */
export async function getJson<Schema extends z.ZodType>(
  s3: S3Client,
  bucket: string,
  key: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return schema.parse(JSON.parse((await Body?.transformToString()) ?? 'null'));
  } catch (error) {
    if (isNamed(error, 'NoSuchKey', 'NotFound')) return undefined;
    throw error;
  }
}

/** With `ifAbsent`, what is there already stays, and the answer is false. */
export async function putJson(
  s3: S3Client,
  bucket: string,
  key: string,
  value: unknown,
  options: { readonly ifAbsent?: boolean } = {},
): Promise<boolean> {
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: JSON.stringify(value),
        ContentType: 'application/json',
        ...(options.ifAbsent ? { IfNoneMatch: '*' } : {}),
      }),
    );
    return true;
  } catch (error) {
    if (isNamed(error, 'PreconditionFailed', 'ConditionalRequestConflict')) return false;
    throw error;
  }
}
