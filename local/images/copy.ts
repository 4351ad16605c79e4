/** COPY and ADD: what is selected, where it goes, and the layer that it makes. */
import { chmodSync, constants, copyFileSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { read } from './context.ts';
import { type Entry, type Index, type Placed, Tree } from './tree.ts';

export interface CopyRequest {
  /** Where the sources are looked for: the context, or another stage. */
  readonly from: Tree;
  readonly sources: readonly string[];
  /** Absolute, in the image; a trailing slash says that it is a folder. */
  readonly destination: string;
  /** The stage as it is before the copy. */
  readonly onto: Tree;
  /** `--chmod`, for files and folders alike. */
  readonly mode?: number;
}

/** What goes where: path in the image → entry of the source. */
export type Selection = Map<string, Placed>;

/** Throws an error with the words that complete "COPY …: ". */
export function select(request: CopyRequest): Selection {
  const { from, onto } = request;
  const found = request.sources.flatMap((source) => {
    const matches = match(from, source);
    if (matches.length === 0) throw new Error(`"${source}" is not there (or .dockerignore names it)`);
    return matches;
  });
  const wanted = posix.normalize(request.destination);
  const target = onto.resolve(wanted.slice(1));
  const isFolder =
    wanted.endsWith('/') || found.length > 1 || onto.get(target)?.kind === 'folder' || target === '';
  const selection: Selection = new Map();
  for (const path of found) {
    const entry = path === '' ? undefined : from.get(path);
    if (entry && entry.kind !== 'folder') {
      selection.set(
        isFolder ? below(target, posix.basename(path)) : target,
        permitted(read(entry), request.mode),
      );
      continue;
    }
    if (entry) selection.set(target, permitted(entry, request.mode));
    for (const [inner, placed] of from.below(path)) {
      const rest = path === '' ? inner : inner.slice(path.length + 1);
      selection.set(below(target, rest), permitted(read(placed), request.mode));
    }
  }
  selection.delete('');
  return selection;
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function permitted(entry: Placed, mode: number | undefined): Placed {
  return mode === undefined || (entry.kind !== 'file' && entry.kind !== 'folder')
    ? entry
    : { ...entry, mode };
}

/** Paths that a source names; a link that is itself named is followed, as Docker does. */
function match(tree: Tree, source: string): string[] {
  const path = posix.normalize(source).replace(/^\/+|\/+$/g, '');
  if (path === '..' || path.startsWith('../')) throw new Error(`"${source}" lies outside the build context`);
  if (path === '.' || path === '') return [''];
  if (!/[*?[]/.test(path)) {
    const resolved = tree.resolve(path);
    return tree.get(resolved) ? [resolved] : [];
  }
  const pattern = new RegExp(`^${glob(path)}$`);
  return tree
    .below('')
    .map(([inner]) => inner)
    .filter((inner) => pattern.test(inner))
    .map((inner) => tree.resolve(inner));
}

/** Go's `filepath.Match`, and `**` for any number of folders. */
function glob(path: string): string {
  return path.replace(/\*\*\/?|\*|\?|\[\^?|[.+^${}()|\\]/g, (piece) => {
    if (piece.startsWith('**')) return '.*';
    if (piece === '*') return '[^/]*';
    if (piece === '?') return '[^/]';
    return piece.startsWith('[') ? piece : `\\${piece}`;
  });
}

/**
 * Writes the selection as a layer into an empty folder. Files of another layer are linked, not copied: neither is
 * ever changed again.
 */
export function writeLayer(folder: string, selection: Selection, onto: Tree, linked: boolean): Index {
  const index: Index = new Map();
  for (const [path, entry] of selection) {
    parents(folder, path, onto, index);
    const full = join(folder, path);
    const { source, ...bare } = entry;
    if (bare.kind === 'folder') {
      mkdirSync(full, { recursive: true });
      chmodSync(full, bare.mode);
    } else if (bare.kind === 'link') symlinkSync(bare.target, full);
    else if (bare.kind === 'file') place(source, full, bare.mode, linked);
    index.set(path, bare.kind === 'folder' ? { kind: 'folder', mode: bare.mode } : bare);
  }
  return new Map([...index].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function place(source: string, full: string, mode: number, linked: boolean): void {
  if (linked) linkSync(source, full);
  else {
    copyFileSync(source, full, constants.COPYFILE_FICLONE);
    chmodSync(full, mode);
  }
}

/** A layer with one new text file, for heredocs. */
export function textEntry(folder: string, path: string, content: string): Placed {
  const source = join(folder, path);
  mkdirSync(dirname(source), { recursive: true });
  writeFileSync(source, content, { mode: 0o644 });
  const tree = new Tree();
  tree.apply(new Map<string, Entry>([[path, { kind: 'file', mode: 0o644, size: 0, sha256: '' }]]), folder);
  return read(tree.get(path) as Placed);
}

/** The folders on the way, with the modes that they have in the stage. */
export function parents(folder: string, path: string, onto: Tree, index: Index): void {
  const names = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= names.length; depth++) {
    const parent = names.slice(0, depth).join('/');
    if (index.has(parent)) continue;
    const there = onto.get(parent);
    const mode = there?.kind === 'folder' ? there.mode : 0o755;
    mkdirSync(join(folder, parent), { recursive: true });
    chmodSync(join(folder, parent), mode);
    index.set(parent, { kind: 'folder', mode });
  }
}
