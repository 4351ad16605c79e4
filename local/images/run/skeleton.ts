/** The root that a RUN line sees, as far as it is neither of the image nor of the host: folders to mount things on. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunRequest } from './sandbox.ts';
import { INSIDE, type Tools } from './tools.ts';

/** Folders of the host's root that hold programs and their settings; no other is visible inside. */
export const LENT = ['usr', 'etc', 'opt', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'nix', 'gnu'];

/** The lowest layer of `root`: nothing but the folders that something is mounted on. */
export function skeleton(place: string, request: RunRequest, lent: readonly string[], tools: Tools): void {
  const folder = join(place, 'skeleton');
  const within = (path: string) => join(folder, path);
  for (const name of ['proc', 'dev', 'tmp', 'root', 'var', 'run', 'home', ...lent])
    mkdirSync(within(name), { recursive: true });
  chmodSync(within('tmp'), 0o1777);
  for (const name of readdirSync('/')) {
    // Where `/bin` is a link to `usr/bin`, it is one in here too.
    if (LENT.includes(name) && lstatSync(`/${name}`).isSymbolicLink())
      symlinkSync(readlinkSync(`/${name}`), within(name));
  }
  for (const name of ['stand-ins', 'node', 'project', 'npm', 'npm-cache', 'compile-cache'])
    mkdirSync(within(join(INSIDE, name)), { recursive: true });
  for (const name of ['npmrc', 'global-npmrc']) writeFileSync(within(join(INSIDE, name)), '');
  const names = nameServers();
  const files = request.mounts.filter((mount) => mount.source && !isFolder(mount.source));
  for (const file of [...files.map((mount) => mount.target), ...(names ? [names] : [])]) {
    if (request.tree.get(file.slice(1))) continue;
    mkdirSync(dirname(within(file)), { recursive: true });
    writeFileSync(within(file), '');
  }
  for (const mount of request.mounts) {
    if (!files.includes(mount)) mkdirSync(within(mount.target), { recursive: true });
  }
  mkdirSync(within(request.workdir), { recursive: true });
  if (!existsSync(tools.standIns)) throw new Error(`${tools.standIns} is gone; start the build again`);
}

/** `/etc/resolv.conf` often leads out of `/etc`. */
export function nameServers(): string | undefined {
  try {
    const real = realpathSync('/etc/resolv.conf');
    return LENT.some((name) => real.startsWith(`/${name}/`)) ? undefined : real;
  } catch {
    return undefined;
  }
}

/** Folders that exist only because something was mounted there are no part of the image. */
export function clearMountpoints(files: string, request: RunRequest): void {
  for (const path of ['proc', 'dev', '.lockstep', ...request.mounts.map((mount) => mount.target.slice(1))]) {
    try {
      rmdirSync(join(files, path));
    } catch {
      // Not there, or the line put something into it.
    }
  }
}

export function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}
