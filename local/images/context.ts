/** The build context: the files that `docker build` would send, without what `.dockerignore` names. */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { digestOf, type Index, type Placed, Tree } from './tree.ts';

type Ignore = ReturnType<typeof dockerignore.default>;

/** Digests are read when a COPY asks for a file: most of a context is often not copied. */
const NOT_READ_YET = '';

export function readContext(folder: string, dockerfile: string): Tree {
  const rules = ignoreRules(folder, dockerfile);
  const index: Index = new Map();
  const visit = (path: string) => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const ignored = rules.ignore.ignores(inner);
      if (entry.isDirectory()) {
        // Below an ignored folder only an exception ("!…") can bring something back.
        if (ignored && !rules.exceptions) continue;
        if (!ignored) index.set(inner, { kind: 'folder', mode: 0o755 });
        visit(inner);
      } else if (!ignored) {
        const entry = file(join(folder, inner));
        if (entry) index.set(inner, entry);
      }
    }
  };
  visit('');
  const tree = new Tree();
  tree.apply(index, folder);
  return tree;
}

function file(full: string): Exclude<ReturnType<Index['get']>, undefined> | undefined {
  const stat = lstatSync(full);
  if (stat.isSymbolicLink()) return { kind: 'link', target: readlinkSync(full) };
  if (!stat.isFile()) return undefined;
  // The machine's umask is no part of the build: a file is executable or it is not.
  return {
    kind: 'file',
    mode: stat.mode & 0o111 ? 0o755 : 0o644,
    size: stat.size,
    sha256: NOT_READ_YET,
  };
}

/** The entry with its digest. */
export function read(entry: Placed): Placed {
  return entry.kind === 'file' && entry.sha256 === NOT_READ_YET
    ? { ...entry, sha256: digestOf(entry.source) }
    : entry;
}

function ignoreRules(folder: string, dockerfile: string): { ignore: Ignore; exceptions: boolean } {
  const own = `${dockerfile}.dockerignore`;
  const path = existsSync(own) ? own : join(folder, '.dockerignore');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return { ignore: dockerignore.default().add(text), exceptions: /^\s*!/m.test(text) };
}
