/**
 * An image as a folder: each layer is unpacked by itself, once, and the layers are laid on top of each other with hard
 * links. Nothing in an archive may lead out of its folder.
 */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { PassThrough, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { type Entry, type Index, type Placed, Tree } from '../tree.ts';
import type { UnpackRequest } from './start.ts';

type Content = AsyncIterable<Buffer> & { resume(): unknown };

export async function unpackImage({ layers, layersFolder, root }: UnpackRequest): Promise<void> {
  if (existsSync(root)) return;
  mkdirSync(layersFolder, { recursive: true });
  const tree = new Tree();
  for (const { digest, file } of layers) {
    const folder = join(layersFolder, digest.replace('sha256:', '').slice(0, 32));
    if (!existsSync(folder)) await unpackLayer(file, folder);
    const index = new Map(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as [string, Entry][]);
    tree.apply(index, join(folder, 'files'));
  }
  const beside = `${root}.${randomUUID()}`;
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { recursive: true });
  layOut(tree, beside);
  moveInto(beside, root);
}

/** Makes `folder/files` and `folder/index.json`, whole or not at all. */
export async function unpackLayer(file: string, folder: string): Promise<void> {
  const beside = `${folder}.${randomUUID()}`;
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(join(beside, 'files'), { recursive: true });
  const index: Index = new Map();
  const archive = extract();
  const reading = pipeline(createReadStream(file), await decompressor(file), archive);
  // The loop below ends with the same error; nobody else waits for this one.
  reading.catch(() => {});
  for await (const entry of archive)
    await unpackEntry(join(beside, 'files'), index, entry.header, entry as unknown as Content);
  await reading;
  const sorted = [...index].sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(join(beside, 'index.json'), JSON.stringify(sorted));
  moveInto(beside, folder);
}

/** Another world, or another image with the same layer, may have been quicker. */
function moveInto(beside: string, place: string): void {
  try {
    renameSync(beside, place);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
}

/** By the first bytes: what the manifest says of a layer is not always what it is. */
async function decompressor(file: string): Promise<Transform> {
  const handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  await handle.close();
  if (buffer[0] === 0x1f && buffer[1] === 0x8b) return createGunzip();
  if (buffer.readUInt32LE(0) === 0xfd2fb528) return createZstdDecompress();
  return new PassThrough();
}

async function unpackEntry(files: string, index: Index, header: Header, content: Content): Promise<void> {
  const path = inside(header.name);
  const name = posix.basename(path);
  const folder = path.includes('/') ? posix.dirname(path) : '';
  const mode = (header.mode ?? 0o644) & 0o777;
  if (path !== '') makeParents(files, index, folder);
  if (name === '.wh..wh..opq') {
    const entry = index.get(folder);
    index.set(folder, { kind: 'folder', mode: entry?.kind === 'folder' ? entry.mode : 0o755, opaque: true });
    content.resume();
  } else if (name.startsWith('.wh.')) {
    index.set(folder === '' ? name.slice(4) : `${folder}/${name.slice(4)}`, { kind: 'whiteout' });
    content.resume();
  } else if (path !== '') await write(files, index, path, mode, header, content);
  else content.resume();
}

async function write(
  files: string,
  index: Index,
  path: string,
  mode: number,
  header: Header,
  content: Content,
): Promise<void> {
  const full = join(files, path);
  if (header.type !== 'directory') rmSync(full, { recursive: true, force: true });
  switch (header.type) {
    case 'directory':
      if (existsSync(full) && !lstatSync(full).isDirectory()) rmSync(full);
      mkdirSync(full, { recursive: true });
      index.set(path, { kind: 'folder', mode });
      content.resume();
      return;
    case 'symlink':
      symlinkSync(header.linkname ?? '', full);
      index.set(path, { kind: 'link', target: header.linkname ?? '' });
      content.resume();
      return;
    case 'link': {
      const target = inside(header.linkname ?? '');
      const entry = index.get(target);
      if (entry?.kind !== 'file')
        throw new Error(`the layer links ${path} to ${target}, which is no file of the same layer`);
      linkSync(join(files, target), full);
      index.set(path, entry);
      content.resume();
      return;
    }
    case 'file':
    case 'contiguous-file':
      await writeFileOf(content, full, header.size ?? 0, mode | 0o400);
      index.set(path, { kind: 'file', mode, size: header.size ?? 0, sha256: '' });
      return;
    default:
      // Devices and pipes: a process has the machine's own.
      content.resume();
  }
}

/** Smaller files are written at once: a stream for each of ten thousand would take twice the time. */
const WHOLE = 4 * 1024 * 1024;

async function writeFileOf(content: Content, full: string, size: number, mode: number): Promise<void> {
  if (size > WHOLE) return pipeline(content, createWriteStream(full, { mode }));
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  writeFileSync(full, Buffer.concat(chunks), { mode });
}

/** Without a leading slash; a path that climbs out of the archive is refused. */
function inside(name: string): string {
  const path = posix.normalize(name).replace(/^(?:\.?\/)+|\/+$/g, '');
  if (path === '..' || path.startsWith('../'))
    throw new Error(`the layer wants to write outside the image: ${name}`);
  return path === '.' ? '' : path;
}

/** Never through a link: that could lead anywhere. */
function makeParents(files: string, index: Index, folder: string): void {
  const names = folder === '' ? [] : folder.split('/');
  for (let depth = 1; depth <= names.length; depth++) {
    const parent = names.slice(0, depth).join('/');
    const full = join(files, parent);
    const there = existsSync(full) || index.get(parent)?.kind === 'link' ? lstatSync(full) : undefined;
    if (there?.isSymbolicLink()) throw new Error(`the layer wants to write through the link ${parent}`);
    if (!there) {
      mkdirSync(full);
      index.set(parent, { kind: 'folder', mode: 0o755 });
    }
  }
}

function layOut(tree: Tree, root: string): void {
  for (const [path, entry] of tree.below('')) {
    const full = join(root, path);
    if (entry.kind === 'folder') {
      mkdirSync(full, { recursive: true });
      // Its owner must be able to fill it and to remove it again.
      chmodSync(full, entry.mode | 0o700);
    } else if (entry.kind === 'link') symlinkSync(linkTarget(tree, path, entry), full);
    else {
      mkdirSync(dirname(full), { recursive: true });
      linkSync(entry.source, full);
    }
  }
}

/**
 * A process sees the machine's root and not the image's: a link to something in the image is made relative, and one
 * that climbs too far stops at the image's root, as it would in a container.
 */
function linkTarget(tree: Tree, path: string, entry: Placed & { kind: 'link' }): string {
  const absolute = posix.resolve('/', posix.dirname(path), entry.target);
  const target = absolute.slice(1);
  const known = tree.get(target) !== undefined;
  if (entry.target.startsWith('/') && !known) return entry.target;
  return posix.relative(posix.resolve('/', posix.dirname(path)), absolute) || '.';
}
