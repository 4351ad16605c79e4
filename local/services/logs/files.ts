/** Where the events of a world lie: on disk, or in memory for a world that is thrown away. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';

export interface Files {
  /** Makes the folder in which files will be appended to. */
  prepare(folder: string): void;
  append(file: string, text: string): void;
  /** Undefined where there is no such file. */
  read(file: string): string | undefined;
  truncate(file: string, bytes: number): void;
  /** A file, or a folder with all that is in it. */
  remove(path: string): void;
}

export const onDisk: Files = {
  prepare: (folder) => void mkdirSync(folder, { recursive: true }),
  append: (file, text) => appendFileSync(file, text),
  read(file) {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  truncate: (file, bytes) => truncateSync(file, bytes),
  remove: (path) => rmSync(path, { recursive: true, force: true }),
};

export function inMemory(): Files {
  const files = new Map<string, string[]>();
  return {
    prepare: () => {},
    append(file, text) {
      const parts = files.get(file);
      if (parts) parts.push(text);
      else files.set(file, [text]);
    },
    read: (file) => files.get(file)?.join(''),
    truncate(file, bytes) {
      const text = files.get(file)?.join('') ?? '';
      files.set(file, [Buffer.from(text).toString('utf8', 0, bytes)]);
    },
    remove(path) {
      for (const file of files.keys()) if (file === path || file.startsWith(`${path}/`)) files.delete(file);
    },
  };
}
