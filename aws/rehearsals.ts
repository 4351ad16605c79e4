/** Rehearsed database bases in the artefact bucket: a history that was replayed once is not replayed again. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** A base that cannot be read or kept costs seconds and nothing else, so no error leaves this. */
export function baseCache(s3: S3Client, bucket: string) {
  const place = (key: string) => ({ Bucket: bucket, Key: `rehearsals/${key}.base` });
  return {
    async get(key: string): Promise<Uint8Array | undefined> {
      try {
        const { Body } = await s3.send(new GetObjectCommand(place(key)));
        return await Body?.transformToByteArray();
      } catch {
        return undefined;
      }
    },
    async put(key: string, bytes: Uint8Array): Promise<void> {
      try {
        await s3.send(new PutObjectCommand({ ...place(key), Body: bytes }));
      } catch {
        // The next rehearsal is slower, and just as right.
      }
    },
  };
}
