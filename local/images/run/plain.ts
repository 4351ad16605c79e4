/**
 * A RUN line where no namespace is to be had (macOS, a hardened kernel): it runs in a copy of the stage, with
 * stand-ins for what would change the system, absolute paths of the image rewritten to lie in the copy, and, where we
 * are root, as nobody: it may not write anywhere else.
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Entry, type Index, readIndex, type Tree } from '../tree.ts';
import { lentVariables } from './lent.ts';
import { execute, SYSTEM_PATH } from './process.ts';
import type { RunRequest, RunResult, Sandbox } from './sandbox.ts';
import { PRISMA_ENGINE, PROJECT, type Tools } from './tools.ts';

/** Top folders that are the machine's own; everything else an absolute path may name is the image's. */
const MACHINE = new Set([
  'usr',
  'bin',
  'sbin',
  'lib',
  'lib32',
  'lib64',
  'etc',
  'dev',
  'proc',
  'sys',
  'nix',
  'System',
  'Library',
  'private',
]);
const NOBODY = 65_534;

export class PlainSandbox implements Sandbox {
  readonly kind = 'plain';
  private readonly tools: Tools;

  constructor(tools: Tools) {
    this.tools = tools;
  }

  async run(request: RunRequest): Promise<RunResult> {
    const asNobody = process.getuid?.() === 0;
    // Nobody may not even look into a folder of root's: the line then runs in one that everybody may enter.
    const place = asNobody ? mkdtempSync(join(tmpdir(), 'lockstep-run-')) : request.scratch;
    try {
      return await this.runIn(place, request, asNobody);
    } finally {
      if (asNobody) rmSync(place, { recursive: true, force: true });
    }
  }

  private async runIn(place: string, request: RunRequest, asNobody: boolean): Promise<RunResult> {
    const root = join(place, 'root');
    mkdirSync(root);
    copyTree(request.tree, root);
    const made = ['/root', '/tmp'].filter((folder) => !request.tree.get(folder.slice(1)));
    for (const folder of [request.workdir, '/root', '/tmp'])
      mkdirSync(join(root, folder), { recursive: true });
    const mounted = mountByCopy(request, root, asNobody);
    let { standIns } = this.tools;
    if (asNobody) {
      standIns = join(place, 'stand-ins');
      cpSync(this.tools.standIns, standIns, { recursive: true, verbatimSymlinks: true });
      mkdirSync(join(place, 'npm-cache'));
      give(place);
      chmodSync(place, 0o755);
    }
    const cache = asNobody ? join(place, 'npm-cache') : this.tools.npm.cache;
    const exitCode = await execute(
      rewriteCommand(request.command, root),
      {
        ...rewriteValues(request.variables, root),
        ...this.variables(request.variables, root, standIns, cache),
      },
      request.input,
      request.onOutput,
      { cwd: join(root, request.workdir), ...(asNobody ? { uid: NOBODY, gid: NOBODY } : {}) },
    );
    for (const path of mounted) rmSync(path, { recursive: true, force: true });
    for (const folder of made) {
      if (readdirSync(join(root, folder)).length === 0) rmSync(join(root, folder), { recursive: true });
    }
    const { files, index } = difference(root, request.tree, join(request.scratch, 'files'));
    return { exitCode, files, index };
  }

  private variables(
    given: Readonly<Record<string, string>>,
    root: string,
    standIns: string,
    cache: string,
  ): Record<string, string> {
    const { npm, node } = this.tools;
    const own = (given['PATH'] ?? SYSTEM_PATH).split(':').map((path) => rewritePath(path, root));
    const installed = join(root, 'usr', 'local', 'bin');
    const path = [standIns, node, installed, ...own, ...(npm.folder ? [npmFolder()] : [])];
    return {
      ...lentVariables(npm),
      HOME: join(root, 'root'),
      PATH: path.join(delimiter),
      npm_config_cache: cache,
      npm_config_prefix: join(root, 'usr', 'local'),
      NODE_COMPILE_CACHE: join(cache, 'compiled'),
      PRISMA_SCHEMA_ENGINE_BINARY: join(PROJECT, PRISMA_ENGINE),
      ...(npm.userConfig ? { npm_config_userconfig: npm.userConfig } : {}),
      ...(npm.globalConfig ? { npm_config_globalconfig: npm.globalConfig } : {}),
    };
  }
}

/** The folder on the PATH where the user's `npm` is. */
function npmFolder(): string {
  return (
    (process.env['PATH'] ?? '').split(delimiter).find((folder) => existsSync(join(folder, 'npm'))) ??
    '/usr/bin'
  );
}

/** `COPYFILE_FICLONE` costs nothing where the file system can share blocks (APFS, btrfs, xfs). */
function copyTree(tree: Tree, root: string): void {
  for (const [path, entry] of tree.below('')) {
    const target = join(root, path);
    if (entry.kind === 'folder') {
      mkdirSync(target, { recursive: true });
      chmodSync(target, entry.mode | 0o700);
    } else if (entry.kind === 'link') symlinkSync(entry.target, target);
    else if (entry.kind === 'file') {
      copyFileSync(entry.source, target, constants.COPYFILE_FICLONE);
      chmodSync(target, entry.mode);
    }
  }
}

/**
 * A mount becomes a copy for the time of the line; a folder is linked to, where the line's account may reach it.
 * Returns what must go again afterwards.
 */
function mountByCopy(request: RunRequest, root: string, copyFolders: boolean): string[] {
  return request.mounts.flatMap((mount) => {
    const target = join(root, mount.target);
    if (existsSync(target)) return [];
    mkdirSync(dirname(target), { recursive: true });
    if (mount.kind === 'empty') mkdirSync(target);
    else if (mount.source && lstatSync(mount.source).isFile()) copyFileSync(mount.source, target);
    else if (mount.source && copyFolders) cpSync(mount.source, target, { recursive: true });
    else if (mount.source) symlinkSync(mount.source, target);
    return [target];
  });
}

function give(folder: string): void {
  lchownSync(folder, NOBODY, NOBODY);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) give(path);
    else lchownSync(path, NOBODY, NOBODY);
  }
}

/** Whole absolute words only: a path in the middle of a word is left as it is. */
export function rewriteCommand(command: readonly string[], root: string): string[] {
  const shell = /(?:^|\/)(?:sh|bash|ash|dash)$/.test(command[0] ?? '') && command[1]?.startsWith('-');
  return command.map((word, index) => {
    if (index === 0 || !shell) return rewritePath(word, root);
    return word.replace(
      /(^|[\s='"(<>:])(\/[\w@.+-][^\s'";|&()<>:]*)/g,
      (_, before: string, path: string) => `${before}${rewritePath(path, root)}`,
    );
  });
}

function rewriteValues(variables: Readonly<Record<string, string>>, root: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, rewritePath(value, root)]),
  );
}

function rewritePath(path: string, root: string): string {
  if (!path.startsWith('/') || path === '/') return path;
  return MACHINE.has(path.split('/')[1] ?? '') ? path : join(root, path);
}

/** What differs from the stage is moved into a folder of its own: the layer. */
function difference(root: string, before: Tree, files: string): { files: string; index: Index } {
  const after = readIndex(root);
  const index: Index = new Map();
  mkdirSync(files);
  for (const [path, entry] of after) {
    const { source: _, ...old } = before.get(path) ?? { source: '', kind: 'whiteout' as const };
    if (JSON.stringify(old) === JSON.stringify(entry)) continue;
    for (const folder of folders(path)) {
      const there = after.get(folder);
      if (!index.has(folder) && there) index.set(folder, there);
      mkdirSync(join(files, folder), { recursive: true });
    }
    index.set(path, entry);
    if (entry.kind === 'folder') mkdirSync(join(files, path), { recursive: true });
    else move(join(root, path), join(files, path), entry);
  }
  for (const [path] of before.below('')) {
    const gone = !after.has(path);
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    if (gone && (parent === '' || after.has(parent))) index.set(path, { kind: 'whiteout' });
  }
  return { files, index: new Map([...index].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function move(from: string, to: string, entry: Entry): void {
  try {
    renameSync(from, to);
  } catch (error) {
    // The temporary folder may be on another disk.
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    if (entry.kind === 'link') symlinkSync(entry.target, to);
    else copyFileSync(from, to);
  }
}

function folders(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, depth) => names.slice(0, depth + 1).join('/'));
}
