/** UPLOAD_ARTIFACTS: what the buildspec names goes to S3, as the project's role. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { writeZip } from '../archive/zip.ts';
import type { Buildspec, BuildspecArtifacts } from '../buildspec.ts';
import { BuildFailed, type PreparedBuild } from './runtime.ts';

export async function uploadArtifacts(
  prepared: PreparedBuild,
  spec: Buildspec,
  source: string,
): Promise<void> {
  const { build, progress } = prepared;
  if (build.artifacts.type === 'NO_ARTIFACTS') return;
  if (spec.artifacts.files.length === 0) return;
  const base = join(source, spec.artifacts.baseDirectory);
  const names = selectFiles(base, spec.artifacts);
  progress.note(`Expanding base directory path: ${spec.artifacts.baseDirectory}`);
  progress.note(`Found ${names.length} file(s)`);
  if (names.length === 0) throw new BuildFailed('CLIENT_ERROR', 'no matching artifact paths found');
  const files = names.map((name) => ({
    path: spec.artifacts.discardPaths ? posix.basename(name) : name,
    bytes: readFileSync(join(base, name)),
  }));
  await upload(prepared, spec.artifacts.name, files);
}

/** Also for scripted builds, which have no folder. */
export async function upload(
  { build, s3 }: PreparedBuild,
  specifiedName: string | undefined,
  files: readonly { path: string; bytes: Uint8Array }[],
): Promise<void> {
  const {
    location = '',
    path = '',
    namespaceType,
    packaging,
    overrideArtifactName,
    encryptionDisabled,
  } = build.artifacts;
  const name = (overrideArtifactName ? specifiedName : undefined) ?? build.artifacts.name ?? build.project;
  const parts = [path, namespaceType === 'BUILD_ID' ? (build.id.split(':')[1] ?? '') : '', name];
  const prefix = parts
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter((part) => part !== '')
    .join('/');
  const zipped = packaging === 'ZIP';
  const objects = zipped
    ? [{ key: prefix, bytes: writeZip(files) }]
    : files.map((file) => ({ key: posix.join(prefix, file.path), bytes: file.bytes }));
  for (const { key, bytes } of objects) {
    try {
      await s3.send(new PutObjectCommand({ Bucket: location, Key: key, Body: bytes }));
    } catch (error) {
      const { name: code, message } = error as Error;
      throw new BuildFailed(
        'CLIENT_ERROR',
        `Error in UPLOAD_ARTIFACTS phase: ${code}: ${message} (s3://${location}/${key})`,
      );
    }
  }
  const [first] = objects;
  build.uploaded = {
    location: `arn:aws:s3:::${location}/${prefix}`,
    overrideArtifactName: overrideArtifactName ?? false,
    encryptionDisabled: encryptionDisabled ?? false,
    ...(zipped && first ? { sha256sum: hash('sha256', first.bytes), md5sum: hash('md5', first.bytes) } : {}),
  };
}

function hash(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

function selectFiles(base: string, { files, excluded }: BuildspecArtifacts): string[] {
  const patterns = files.map(toPattern);
  const exclusions = excluded.map(toPattern);
  let all: string[];
  try {
    all = readdirSync(base, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(base, join(entry.parentPath, entry.name)))
      .filter(
        (name) =>
          !name.split('/').includes('node_modules') || files.some((file) => file.includes('node_modules')),
      );
  } catch {
    return [];
  }
  return all
    .filter((name) => patterns.some((pattern) => pattern.test(name)))
    .filter((name) => !exclusions.some((pattern) => pattern.test(name)))
    .sort();
}

/** `**` goes through folders, `*` does not. */
function toPattern(glob: string): RegExp {
  const source = posix.normalize(glob).replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (piece) => {
    if (piece === '**/') return '(?:.*/)?';
    if (piece === '**') return '.*';
    if (piece === '*') return '[^/]*';
    return piece === '?' ? '[^/]' : `\\${piece}`;
  });
  return new RegExp(`^${source}$`);
}
