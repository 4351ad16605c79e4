/** A source archive becomes a folder. What would lie outside the folder is refused. */
import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { readZip } from './zip.ts';

interface Item {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly executable: boolean;
  /** Of a link: where it leads. */
  readonly bytes: Buffer;
}

const FILE_TYPE = 0o170000;
const LINK = 0o120000;

export async function unpackArchive(file: string, target: string): Promise<void> {
  const handle = await open(file);
  const { buffer: head } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  await handle.close();
  if (head.toString('latin1', 0, 2) === 'PK') {
    for (const { path, mode, bytes } of readZip(await readFile(file))) {
      const kind = path.endsWith('/') ? 'folder' : (mode & FILE_TYPE) === LINK ? 'link' : 'file';
      await put(target, { path, kind, executable: (mode & 0o100) !== 0, bytes });
    }
    return;
  }
  const archive = extract();
  const unpacked = head[0] === 0x1f && head[1] === 0x8b ? createGunzip() : new PassThrough();
  const reading = pipeline(createReadStream(file), unpacked, archive);
  // The loop ends with the same error.
  reading.catch(() => {});
  for await (const entry of archive) {
    const { name, type, mode = 0, linkname = '' } = entry.header;
    const bytes = await buffer(entry as unknown as AsyncIterable<Buffer>);
    const executable = (mode & 0o100) !== 0;
    if (type === 'directory') await put(target, { path: name, kind: 'folder', executable, bytes });
    else if (type === 'symlink')
      await put(target, { path: name, kind: 'link', executable, bytes: Buffer.from(linkname) });
    else if (type === 'file' || type === 'contiguous-file')
      await put(target, { path: name, kind: 'file', executable, bytes });
  }
  await reading;
}

async function put(target: string, item: Item): Promise<void> {
  const path = posix.normalize(item.path).replace(/^(?:\.\/)+|\/+$/g, '');
  if (path.startsWith('/') || path === '..' || path.startsWith('../'))
    throw new Error(`${item.path} lies outside the archive`);
  const full = join(target, path);
  if (item.kind === 'folder') {
    await mkdir(full, { recursive: true });
    return;
  }
  await mkdir(dirname(full), { recursive: true });
  if (item.kind === 'link') {
    const leads = posix.normalize(posix.join(posix.dirname(path), item.bytes.toString('utf8')));
    if (leads.startsWith('../') || item.bytes.toString('utf8').startsWith('/'))
      throw new Error(`the link ${path} leads out of the archive`);
    await symlink(item.bytes.toString('utf8'), full);
    return;
  }
  await writeFile(full, item.bytes);
  if (item.executable) await chmod(full, 0o755);
}
