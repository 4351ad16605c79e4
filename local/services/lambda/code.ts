/** The code of a function: copied out of the cloud assembly into a folder of its own, as `/var/task` is. */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Place, World } from '../../service.ts';

export interface Code {
  readonly folder: string;
  /** SHA-256, base64. */
  readonly hash: string;
  readonly bytes: number;
}

interface CodeProperty {
  readonly S3Bucket?: string;
  readonly S3Key?: string;
  readonly ZipFile?: string;
}

export function installCode(world: World, name: string, property: CodeProperty, place: Place): Code {
  for (const member of Object.keys(property)) {
    if (!['S3Bucket', 'S3Key', 'ZipFile'].includes(member))
      throw new Error(`Code.${member} is not supported here`);
  }
  const source = property.ZipFile === undefined ? assetOf(property, place) : undefined;
  const { hash, bytes } = source ? hashOf(source) : hashText(property.ZipFile ?? '');
  const folder = join(world.folder, 'lambda', name, hash.replace(/[^A-Za-z0-9]/g, '').slice(0, 16));
  if (!existsSync(folder)) {
    rmSync(join(world.folder, 'lambda', name), { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    if (source) cpSync(source, folder, { recursive: true });
    else writeFileSync(join(folder, 'index.js'), property.ZipFile ?? '');
    // Without one of its own, the nearest package.json would be that of whatever the folder happens to lie in.
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) writeFileSync(manifest, '{"type":"commonjs"}\n');
  }
  return { folder, hash, bytes };
}

function assetOf(property: CodeProperty, place: Place): string {
  const key = property.S3Key ?? '';
  const found = place.asset?.(key);
  if (!found) throw new Error(`the cloud assembly has no asset ${key}`);
  if (!statSync(found).isDirectory()) throw new Error(`the asset ${found} is no folder`);
  return found;
}

function hashOf(folder: string): { hash: string; bytes: number } {
  const sum = createHash('sha256');
  let bytes = 0;
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    const content = readFileSync(file);
    sum.update(file.slice(folder.length)).update('\0').update(content);
    bytes += content.length;
  }
  return { hash: sum.digest('base64'), bytes };
}

function hashText(text: string): { hash: string; bytes: number } {
  return { hash: createHash('sha256').update(text).digest('base64'), bytes: Buffer.byteLength(text) };
}
