/**
 * State that survives a restart: named collections of JSON values, one file each, replaced whole by a rename
 * so that a kill at any moment leaves the old file or the new one.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Collection<T> {
  get(key: string): T | undefined;
  has(key: string): boolean;
  /** Keeps the value; call it again after changing an object that `get` returned. */
  set(key: string, value: T): void;
  delete(key: string): boolean;
  values(): T[];
  entries(): [string, T][];
}

export interface Store {
  collection<T>(name: string): Collection<T>;
}

/** A file of the state that is not what was written into it. */
export class StateUnreadable extends Error {
  readonly path: string;
  readonly detail: string;

  constructor(path: string, detail: string) {
    super(`${path} is not JSON (${detail}). \`lockstep local reset\` starts afresh.`);
    this.path = path;
    this.detail = `it is not JSON (${detail})`;
  }
}

/** How long writes are gathered before they reach the disk. A crash loses at most this. */
const WRITE_DELAY_MS = 50;

class FileCollection<T> implements Collection<T> {
  private readonly items: Map<string, T>;
  private pending: NodeJS.Timeout | undefined;
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
    this.items = new Map(Object.entries(readJson<Record<string, T>>(file) ?? {}));
  }

  get(key: string): T | undefined {
    return this.items.get(key);
  }
  has(key: string): boolean {
    return this.items.has(key);
  }
  set(key: string, value: T): void {
    this.items.set(key, value);
    this.schedule();
  }
  delete(key: string): boolean {
    const existed = this.items.delete(key);
    if (existed) this.schedule();
    return existed;
  }
  values(): T[] {
    return [...this.items.values()];
  }
  entries(): [string, T][] {
    return [...this.items.entries()];
  }

  flush(): void {
    if (!this.pending) return;
    clearTimeout(this.pending);
    this.pending = undefined;
    const next = `${this.file}.next`;
    writeFileSync(next, JSON.stringify(Object.fromEntries(this.items)));
    renameSync(next, this.file);
  }

  private schedule(): void {
    this.pending ??= setTimeout(() => this.flush(), WRITE_DELAY_MS);
  }
}

/** All the state of one world, below one folder. */
export class FileStores {
  private readonly open = new Map<string, FileCollection<unknown>>();
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  store(service: string): Store {
    return {
      collection: <T>(name: string) => {
        const key = `${service}/${name}`;
        let found = this.open.get(key);
        if (!found) {
          mkdirSync(join(this.folder, service), { recursive: true });
          found = new FileCollection<unknown>(join(this.folder, service, `${name}.json`));
          this.open.set(key, found);
        }
        return found as unknown as Collection<T>;
      },
    };
  }

  flush(): void {
    for (const collection of this.open.values()) collection.flush();
  }

  forget(): void {
    this.open.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The same interface without a disk, for tests and for worlds that are thrown away. */
export function memoryStore(): Store {
  const collections = new Map<string, Map<string, unknown>>();
  return {
    collection: <T>(name: string): Collection<T> => {
      const items = (collections.get(name) ?? new Map()) as Map<string, T>;
      collections.set(name, items as Map<string, unknown>);
      return {
        get: (key) => items.get(key),
        has: (key) => items.has(key),
        set: (key, value) => void items.set(key, value),
        delete: (key) => items.delete(key),
        values: () => [...items.values()],
        entries: () => [...items.entries()],
      };
    },
  };
}

function readJson<T>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new StateUnreadable(file, (error as Error).message);
  }
}
