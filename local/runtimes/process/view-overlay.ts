/**
 * The image over the host's programs, in a mount namespace that lasts as long as its keeper, a `cat` that waits for
 * this process to end. Commands join it (`nsenter`, `chroot`): both replace themselves, so that the process that we
 * started is the container's own. Whatever the container writes lands in the task's folder; the host cannot be changed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { onPath } from '../../images/npm.ts';
import { removeWork } from '../../images/run/process.ts';
import type { View, ViewRequest } from './view.ts';

/** Folders of the host's root that hold programs and their settings; no other is visible inside. */
const PROGRAMS = ['usr', 'etc', 'opt', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'nix', 'gnu'];
const INSIDE = '/.lockstep';
/** Where `chroot` and `nsenter` are also to be found, for users whose PATH has no sbin. */
const SYSTEM = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`;

export async function overlayView(request: ViewRequest): Promise<View> {
  const { image, place, lent } = request;
  const root = join(place, 'root');
  const script = join(place, 'mount.sh');
  writeFileSync(script, mountScript(request));
  const keeper = await keep(script, request.mark);
  const enter = [
    '--user',
    '--preserve-credentials',
    '--mount',
    '--target',
    String(keeper.pid),
    program('chroot'),
    root,
  ];
  return {
    kind: 'overlay',
    lent(file) {
      const found = lent.find(({ folder }) => file === folder || file.startsWith(`${folder}/`));
      return found ? join(INSIDE, found.name, relative(found.folder, file)) : file;
    },
    path: (absolute) => absolute,
    has: (absolute) =>
      existsSync(join(image.root, absolute)) ||
      (PROGRAMS.includes(absolute.split('/')[1] ?? '') && existsSync(absolute)),
    wrap(argv, workingDirectory) {
      const go = 'cd "$0" 2>/dev/null || { mkdir -p "$0" && cd "$0"; } || exit 126; exec "$@"';
      return {
        file: program('nsenter'),
        args: [...enter, '/bin/sh', '-c', go, workingDirectory, ...argv],
      };
    },
    async close() {
      const over = new Promise((resolve) => keeper.once('exit', resolve));
      if (keeper.exitCode === null && keeper.signalCode === null) {
        keeper.kill('SIGKILL');
        await over;
      }
      removeWork(place);
    },
  };
}

/** Mounts everything and resolves once it stands. */
function keep(script: string, mark: Readonly<Record<string, string>>): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(program('unshare'), ['--user', '--map-root-user', '--mount', '/bin/sh', script], {
      detached: true,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...mark },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.stdout.once('data', () => {
      child.off('exit', failed);
      child.stdout.resume();
      resolve(child);
    });
    const failed = () =>
      reject(new Error(`The container's file system could not be mounted: ${said.trim()}`));
    child.once('exit', failed);
    child.once('error', reject);
  });
}

function mountScript({ image, place, lent }: ViewRequest): string {
  const programs = PROGRAMS.filter((name) => isFolder(`/${name}`));
  skeleton(
    join(place, 'skeleton'),
    programs,
    lent.map(({ name }) => name),
  );
  mkdirSync(join(place, 'root'), { recursive: true });
  // Short names: the options of one mount must fit into a page.
  symlinkSync(image.root, join(place, 'image'));
  const lines = ['set -e', 'umask 022', `cd ${quote(place)}`, 'export LIBMOUNT_FORCE_MOUNT2=always'];
  const overlay = (lower: readonly string[], upper: string, on: string) => {
    for (const folder of [upper, `work-${upper}`]) mkdirSync(join(place, folder), { recursive: true });
    lines.push(
      `mount -t overlay overlay -o lowerdir=${lower.join(':')},upperdir=${upper},workdir=work-${upper},userxattr ${on}`,
    );
  };
  overlay(['image', 'skeleton'], 'upper', 'root');
  for (const name of programs) {
    const own = isFolder(join(image.root, name)) ? [`image/${name}`] : [];
    overlay([...own, `/${name}`], `upper-${name}`, `root/${name}`);
  }
  lines.push('mount --rbind /proc root/proc', 'mount --rbind /dev root/dev', 'mount --rbind /sys root/sys');
  for (const { name, folder, writable } of lent) {
    lines.push(`mount --rbind ${quote(folder)} root${INSIDE}/${name}`);
    if (!writable) lines.push(`mount -o remount,bind,ro root${INSIDE}/${name} 2>/dev/null || :`);
  }
  const names = nameServers();
  if (names) lines.push(`mount --bind ${quote(names)} ${quote(`root${names}`)}`);
  lines.push('echo ready', 'exec cat > /dev/null');
  return `${lines.join('\n')}\n`;
}

/** Nothing but the folders that something is mounted on, below the image. */
function skeleton(folder: string, programs: readonly string[], lent: readonly string[]): void {
  const within = (path: string) => join(folder, path);
  for (const name of ['proc', 'dev', 'sys', 'tmp', 'root', 'var', 'run', 'home', ...programs]) {
    mkdirSync(within(name), { recursive: true });
  }
  chmodSync(within('tmp'), 0o1777);
  for (const name of readdirSync('/')) {
    // Where `/bin` is a link to `usr/bin`, it is one in here too.
    if (PROGRAMS.includes(name) && lstatSync(`/${name}`).isSymbolicLink()) {
      symlinkSync(readlinkSync(`/${name}`), within(name));
    }
  }
  for (const name of lent) mkdirSync(within(join(INSIDE, name)), { recursive: true });
  const names = nameServers();
  if (names) {
    mkdirSync(dirname(within(names)), { recursive: true });
    writeFileSync(within(names), '');
  }
}

/** `/etc/resolv.conf` often leads out of `/etc`. */
function nameServers(): string | undefined {
  try {
    const real = realpathSync('/etc/resolv.conf');
    return PROGRAMS.some((name) => real.startsWith(`/${name}/`)) ? undefined : real;
  } catch {
    return undefined;
  }
}

function program(name: string): string {
  return onPath(name, { PATH: SYSTEM }) ?? name;
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
