/**
 * What a layer changes and what layers on top of each other come to: paths with their kind, mode and content digest,
 * and the file on this disk that holds the content.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

export type Entry =
  | { readonly kind: 'file'; readonly mode: number; readonly size: number; readonly sha256: string }
  /** `opaque`: what lower layers have in it is gone. */
  | { readonly kind: 'folder'; readonly mode: number; readonly opaque?: boolean }
  | { readonly kind: 'link'; readonly target: string }
  /** What lower layers have there is gone. */
  | { readonly kind: 'whiteout' };

/** Paths without a leading slash, `/` between names; parents come before what is in them. */
export type Index = Map<string, Entry>;

/** An entry of a merged tree: `source` is the file or folder on this disk. */
export type Placed = Entry & { readonly source: string };

/** Permission bits only: who a set-uid file would belong to is not kept, so the bit must not be either. */
const PERMISSIONS = 0o777;

/** Reads a folder as a layer. A character device is a whiteout, as overlayfs leaves it. */
export function readIndex(folder: string): Index {
  const index: Index = new Map();
  const visit = (path: string) => {
    const entries = readdirSync(join(folder, path), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const full = join(folder, inner);
      if (entry.isSymbolicLink()) index.set(inner, { kind: 'link', target: readlinkSync(full) });
      else if (entry.isCharacterDevice()) index.set(inner, { kind: 'whiteout' });
      else if (entry.isDirectory()) {
        index.set(inner, { kind: 'folder', mode: statSync(full).mode & PERMISSIONS });
        visit(inner);
      } else if (entry.isFile()) {
        const { mode, size } = statSync(full);
        index.set(inner, { kind: 'file', mode: mode & PERMISSIONS, size, sha256: digestOf(full) });
      }
      // Sockets and pipes are not part of an image.
    }
  };
  visit('');
  return index;
}

const CHUNK = 256 * 1024;
const buffer = Buffer.allocUnsafe(CHUNK);

export function digestOf(file: string): string {
  const hash = createHash('sha256');
  const handle = openSync(file, 'r');
  try {
    for (;;) {
      const read = readSync(handle, buffer, 0, CHUNK, null);
      if (read === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, read));
    }
  } finally {
    closeSync(handle);
  }
}

/** The tree that layers come to, from the lowest to the highest. */
export class Tree {
  private readonly entries = new Map<string, Placed>();

  /** `folder` holds the layer's files at their paths. */
  apply(index: Index, folder: string): void {
    for (const [path, entry] of index) {
      if (entry.kind === 'whiteout') {
        this.remove(path);
        continue;
      }
      const before = this.entries.get(path);
      const replaces = before && (before.kind !== 'folder' || entry.kind !== 'folder' || entry.opaque);
      if (replaces) this.remove(path);
      this.entries.set(path, { ...entry, source: join(folder, path) });
    }
  }

  private remove(path: string): void {
    const entry = this.entries.get(path);
    this.entries.delete(path);
    if (entry?.kind !== 'folder') return;
    for (const [inner] of this.below(path)) this.entries.delete(inner);
  }

  get(path: string): Placed | undefined {
    return this.entries.get(path);
  }

  /** All paths below a folder (`''` is the root), sorted, the folder itself not among them. */
  below(path: string): [string, Placed][] {
    const prefix = path === '' ? '' : `${path}/`;
    return [...this.entries].filter(([inner]) => inner.startsWith(prefix)).sort(byPath);
  }

  /** Names directly in a folder. */
  names(path: string): string[] {
    const prefix = path === '' ? '' : `${path}/`;
    const names = new Set<string>();
    for (const inner of this.entries.keys()) {
      if (inner.startsWith(prefix)) names.add((inner.slice(prefix.length).split('/')[0] as string) ?? '');
    }
    return [...names];
  }

  /** The same path with the links on its way followed, as far as they stay within the tree. */
  resolve(path: string): string {
    let resolved: string[] = [];
    const rest = path.split('/').filter((name) => name !== '' && name !== '.');
    for (let hops = 0; rest.length > 0; ) {
      const name = rest.shift() as string;
      if (name === '..') {
        resolved.pop();
        continue;
      }
      resolved.push(name);
      const entry = this.entries.get(resolved.join('/'));
      if (entry?.kind !== 'link' || ++hops > 40) continue;
      resolved.pop();
      if (entry.target.startsWith('/')) resolved = [];
      rest.unshift(...entry.target.split('/').filter((part) => part !== '' && part !== '.'));
    }
    return resolved.join('/');
  }
}

function byPath([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A digest of paths and contents: the same for the same files, whenever and wherever they were written. */
export function digestOfEntries(entries: Iterable<readonly [string, Entry]>): string {
  const hash = createHash('sha256');
  for (const [path, entry] of entries) hash.update(`${path}\0${describe(entry)}\n`);
  return hash.digest('hex');
}

function describe(entry: Entry): string {
  switch (entry.kind) {
    case 'file':
      return `file ${entry.mode.toString(8)} ${entry.sha256}`;
    case 'folder':
      return `folder ${entry.mode.toString(8)}`;
    case 'link':
      return `link ${entry.target}`;
    case 'whiteout':
      return 'whiteout';
  }
}
