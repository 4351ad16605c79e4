/**
 * Where builds keep what they made: layers by the key of the step that made them, blobs by digest, and what tags name
 * which image. Several builds may use one folder at once: everything is made beside its place and renamed into it.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Entry, Index } from './tree.ts';

export interface Layer {
  readonly id: string;
  /** The files at their paths. Never written to once it is there: later layers hold links to them. */
  readonly folder: string;
  readonly index: Index;
}

/** A layer as a blob: `digest` is of the compressed bytes, `diffId` of the archive itself. */
export interface Blob {
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
}

export interface Reference {
  readonly name: string;
  /** Of the manifest. */
  readonly digest: string;
  /** `repository@sha256:…` of each registry that it was pushed to. */
  readonly pushed: readonly string[];
}

/** A step's result that nothing has used for so long is thrown away. */
const KEPT_MS = 14 * 24 * 60 * 60 * 1000;

export class Cache {
  readonly home: string;

  constructor(home: string) {
    this.home = home;
    for (const name of ['steps', 'layers', 'blobs', 'references', 'caches', 'temporary']) {
      mkdirSync(join(home, name), { recursive: true });
    }
  }

  /** A folder of its own on the same file system, to be renamed or removed by the caller. */
  temporary(): string {
    const folder = join(this.home, 'temporary', randomUUID());
    mkdirSync(folder);
    return folder;
  }

  /** The layer of a step that was run before; null where the step changed nothing; undefined where it was never run. */
  step(key: string): Layer | null | undefined {
    const file = join(this.home, 'steps', `${key}.json`);
    const step = readJson<{ layer: boolean }>(file);
    if (!step) return undefined;
    const now = new Date();
    utimesSync(file, now, now);
    if (!step.layer) return null;
    const index = readJson<[string, Entry][]>(join(this.home, 'layers', key, 'index.json'));
    return index && { id: key, folder: join(this.home, 'layers', key, 'files'), index: new Map(index) };
  }

  /** Keeps what a step made. `files` is moved; an empty index means that the step changed nothing. */
  keep(key: string, files: string, index: Index): Layer | null {
    const place = join(this.home, 'layers', key);
    if (index.size > 0) {
      const beside = this.temporary();
      renameSync(files, join(beside, 'files'));
      writeFileSync(join(beside, 'index.json'), JSON.stringify([...index]));
      try {
        renameSync(beside, place);
      } catch {
        // Another build made the same layer first; the key says that it is the same.
        rmSync(beside, { recursive: true, force: true });
      }
    }
    this.write(join('steps', `${key}.json`), { layer: index.size > 0 });
    return index.size > 0 ? { id: key, folder: join(place, 'files'), index } : null;
  }

  blobOf(layer: Layer): Blob | undefined {
    const blob = readJson<Blob>(join(this.home, 'layers', layer.id, 'blob.json'));
    return blob && existsSync(this.blobFile(blob.digest)) ? blob : undefined;
  }

  keepBlobOf(layer: Layer, blob: Blob): void {
    this.write(join('layers', layer.id, 'blob.json'), blob);
  }

  blobFile(digest: string): string {
    return join(this.home, 'blobs', digest.replace('sha256:', ''));
  }

  /** Keeps bytes under their digest. */
  keepBytes(bytes: Buffer): { digest: string; size: number } {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    this.write(join('blobs', digest.slice('sha256:'.length)), bytes);
    return { digest, size: bytes.length };
  }

  reference(name: string): Reference | undefined {
    return readJson(join(this.home, 'references', fileName(name)));
  }

  setReference(reference: Reference): void {
    this.write(join('references', fileName(reference.name)), reference);
  }

  /** The folder of a `RUN --mount=type=cache`, kept from build to build. */
  mount(id: string): string {
    const folder = join(this.home, 'caches', fileName(id).slice(0, 16));
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Forgets steps that nothing has used for a fortnight, and their layers with their blobs. */
  prune(now: number): void {
    for (const name of readdirSync(join(this.home, 'steps'))) {
      const file = join(this.home, 'steps', name);
      if (now - statSync(file).mtimeMs < KEPT_MS) continue;
      const layer = join(this.home, 'layers', name.replace('.json', ''));
      const blob = readJson<Blob>(join(layer, 'blob.json'));
      rmSync(file, { force: true });
      if (blob) rmSync(this.blobFile(blob.digest), { force: true });
      rmSync(layer, { recursive: true, force: true });
    }
    this.pruneFolder('npm-ci', now);
    // What a killed build left.
    this.pruneFolder('temporary', now);
  }

  /** What others keep beside: each entry by itself, by the time of its last use. */
  private pruneFolder(name: string, now: number): void {
    const folder = join(this.home, name);
    for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
      const path = join(folder, entry);
      if (now - statSync(path).mtimeMs >= KEPT_MS) rmSync(path, { recursive: true, force: true });
    }
  }

  private write(path: string, value: unknown): void {
    const beside = join(this.home, 'temporary', randomUUID());
    writeFileSync(beside, Buffer.isBuffer(value) ? value : JSON.stringify(value));
    renameSync(beside, join(this.home, path));
  }
}

function fileName(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    // Not there, or cut off by a full disk: made again.
    return undefined;
  }
}

/** Names a step by all that goes into it. */
export function keyOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}
