/** DOWNLOAD_SOURCE: the archive from S3, as the project's role, and the buildspec. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { unpackArchive } from '../archive/unpack.ts';
import { type Buildspec, BuildspecError, parseBuildspec } from '../buildspec.ts';
import type { Build } from '../model.ts';
import { BuildFailed, type PreparedBuild } from './runtime.ts';

export async function unpackSource(
  { build, s3 }: PreparedBuild,
  folder: string,
  target: string,
): Promise<void> {
  const { type, location } = build.source;
  if (type === 'NO_SOURCE' || location === undefined) return;
  const [bucket = '', ...key] = location.replace(/^arn:[^:]*:s3:::/, '').split('/');
  const file = join(folder, 'source');
  try {
    const answer = await s3.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key.join('/'),
        ...(build.sourceVersion === undefined ? {} : { VersionId: build.sourceVersion }),
      }),
    );
    await writeFile(file, (await answer.Body?.transformToByteArray()) ?? new Uint8Array());
    if (answer.VersionId) build.resolvedSourceVersion = answer.VersionId;
  } catch (error) {
    const { name, message, $metadata } = error as Error & {
      $metadata?: { httpStatusCode?: number; requestId?: string };
    };
    throw new BuildFailed(
      'CLIENT_ERROR',
      `${name}: ${message} status code: ${$metadata?.httpStatusCode ?? 0}, request id: ${$metadata?.requestId ?? ''} for primary source and source version ${build.sourceVersion ?? `arn:aws:s3:::${location}`}`,
    );
  }
  try {
    await unpackArchive(file, target);
  } catch (error) {
    throw new BuildFailed(
      'CLIENT_ERROR',
      `The source archive ${location} cannot be unpacked: ${(error as Error).message}`,
    );
  }
}

/** Text in the project, the name of a file in the source, or `buildspec.yml`. */
export function readBuildspec(build: Build, source: string): Buildspec {
  const given = build.source.buildspec;
  const inline = given !== undefined && /\n|^\s*\{/.test(given);
  const name = given === undefined || given === '' ? 'buildspec.yml' : given;
  if (!inline && !existsSync(join(source, name))) {
    throw new BuildFailed('YAML_FILE_ERROR', `stat ${join(source, name)}: no such file or directory`);
  }
  try {
    return parseBuildspec(inline ? given : readFileSync(join(source, name), 'utf8'));
  } catch (error) {
    if (error instanceof BuildspecError) throw new BuildFailed('YAML_FILE_ERROR', error.message);
    throw error;
  }
}
