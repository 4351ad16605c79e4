/**
 * A RUN line in a mount namespace of its own: the image's layers lie over the host's programs, everything of the host
 * is below an overlay and so cannot be changed, and what the line writes is, by itself, the next layer.
 */
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from '../npm.ts';
import { type Index, readIndex, type Tree } from '../tree.ts';
import { lentVariables } from './lent.ts';
import { execute, removeWork, SYSTEM_PATH } from './process.ts';
import type { RunRequest, RunResult, Sandbox } from './sandbox.ts';
import { clearMountpoints, isFolder, LENT, nameServers, skeleton } from './skeleton.ts';
import { INSIDE, PROJECT, type Tools } from './tools.ts';

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
const NAMESPACES = ['--user', '--map-root-user', '--mount', '--pid', '--fork', '--kill-child'];

const UNSHARE = onPath('unshare') ?? 'unshare';

const probes = new Map<string, Promise<boolean>>();

/** Whether this kernel and this user may do all of it, in this very folder. Some 40 ms, once a process. */
export function overlayWorks(home: string): Promise<boolean> {
  let probe = probes.get(home);
  if (!probe) {
    probe =
      process.platform === 'linux' && process.env['LOCKSTEP_SANDBOX'] !== 'plain' && !modulesAreElsewhere()
        ? tryOverlay(home)
        : Promise.resolve(false);
    probes.set(home, probe);
  }
  return probe;
}

/** In a namespace the project is seen, but not what a link in it leads to (a worktree that shares another's node_modules). */
function modulesAreElsewhere(): boolean {
  return lstatSync(join(PROJECT, 'node_modules')).isSymbolicLink();
}

async function tryOverlay(home: string): Promise<boolean> {
  const place = join(home, `probe.${process.pid}`);
  for (const name of ['lower', 'upper', 'work', 'root']) mkdirSync(join(place, name), { recursive: true });
  const script = `cd ${quote(place)} && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work,userxattr root && touch root/x`;
  try {
    const exitCode = await execute(
      [UNSHARE, ...NAMESPACES, '/bin/sh', '-c', script],
      {},
      undefined,
      () => {},
    );
    return exitCode === 0;
  } finally {
    removeWork(place);
  }
}

export class OverlaySandbox implements Sandbox {
  readonly kind = 'overlay';
  private readonly tools: Tools;

  constructor(tools: Tools) {
    this.tools = tools;
  }

  async run(request: RunRequest): Promise<RunResult> {
    const place = request.scratch;
    const lent = LENT.filter((name) => isFolder(`/${name}`));
    const script = this.mountScript(place, request, lent);
    writeFileSync(
      join(place, 'mount.sh'),
      `${script}exec chroot root /usr/bin/env PATH="$path" /bin/sh -c 'cd "$0" && exec "$@"' "$@"\n`,
    );
    const variables = { ...request.variables, ...this.variables(request.variables) };
    const exitCode = await execute(
      [UNSHARE, ...NAMESPACES, '/bin/sh', join(place, 'mount.sh'), request.workdir, ...request.command],
      variables,
      request.input,
      request.onOutput,
    );
    const files = join(place, 'upper');
    for (const name of lent) {
      const upper = join(place, `upper-${name}`);
      if (readdirSync(upper).length > 0) {
        rmSync(join(files, name), { recursive: true, force: true });
        renameSync(upper, join(files, name));
      }
    }
    clearMountpoints(files, request);
    const index = readIndex(files);
    await this.markOpaque(place, request, index, lent);
    return { exitCode, files, index };
  }

  private variables(given: Readonly<Record<string, string>>): Record<string, string> {
    const { npm } = this.tools;
    return {
      ...lentVariables(npm),
      PATH: `${INSIDE}/stand-ins:${given['PATH']}`,
      npm_config_cache: `${INSIDE}/npm-cache`,
      npm_config_prefix: '/usr/local',
      NODE_COMPILE_CACHE: `${INSIDE}/compile-cache`,
      PRISMA_SCHEMA_ENGINE_BINARY: `${INSIDE}/project/local/prisma/schema-engine`,
      ...(npm.userConfig ? { npm_config_userconfig: `${INSIDE}/npmrc` } : {}),
      ...(npm.globalConfig ? { npm_config_globalconfig: `${INSIDE}/global-npmrc` } : {}),
    };
  }

  /** Builds `root` in the scratch folder; runs inside the new namespaces. */
  private mountScript(place: string, request: RunRequest, lent: readonly string[]): string {
    const names = request.layers.map((layer, number) => {
      // Short names: the options of one mount must fit into a page.
      symlinkSync(layer.folder, join(place, `l${number}`));
      return `l${number}`;
    });
    const { tools } = this;
    // The line's own PATH need not lead to `mount`.
    const lines = [
      'set -e',
      'umask 022',
      'path=$PATH',
      `PATH=${SYSTEM_PATH}`,
      `cd ${quote(place)}`,
      'export LIBMOUNT_FORCE_MOUNT2=always',
    ];
    const overlay = (lower: readonly string[], upper: string, on: string) => {
      for (const folder of [upper, `work-${upper}`]) mkdirSync(join(place, folder), { recursive: true });
      lines.push(
        `mount -t overlay overlay -o lowerdir=${lower.join(':')},upperdir=${upper},workdir=work-${upper},userxattr ${on}`,
      );
    };
    const bind = (source: string, target: string, writable: boolean) => {
      lines.push(`mount --bind ${quote(source)} ${quote(`root${target}`)}`);
      if (!writable) lines.push(`mount -o remount,bind,ro ${quote(`root${target}`)} 2>/dev/null || :`);
    };

    mkdirSync(join(place, 'root'));
    skeleton(place, request, lent, tools);
    const downwards = [...names].reverse();
    overlay([...downwards, 'skeleton'], 'upper', 'root');
    for (const name of lent) {
      const has = downwards.filter((layer) => isFolder(join(place, layer, name)));
      if (name === 'usr') symlinkSync(join(tools.base, 'usr'), join(place, 'base'));
      const lower = [
        ...has.map((layer) => `${layer}/${name}`),
        ...(name === 'usr' ? ['base'] : []),
        `/${name}`,
      ];
      overlay(lower, `upper-${name}`, `root/${name}`);
    }
    lines.push('mount -t proc proc root/proc 2>/dev/null || mount --rbind /proc root/proc');
    lines.push('mount -t tmpfs -o mode=755 tmpfs root/dev', 'mkdir root/dev/shm root/dev/pts');
    for (const device of DEVICES)
      lines.push(`: > root/dev/${device}`, `mount --bind /dev/${device} root/dev/${device}`);
    lines.push(
      'ln -s /proc/self/fd root/dev/fd',
      'ln -s fd/0 root/dev/stdin',
      'ln -s fd/1 root/dev/stdout',
      'ln -s fd/2 root/dev/stderr',
    );

    bind(tools.standIns, `${INSIDE}/stand-ins`, false);
    bind(tools.node, `${INSIDE}/node`, false);
    bind(PROJECT, `${INSIDE}/project`, false);
    if (tools.npm.folder) bind(tools.npm.folder, `${INSIDE}/npm`, false);
    if (tools.npm.userConfig) bind(tools.npm.userConfig, `${INSIDE}/npmrc`, false);
    if (tools.npm.globalConfig) bind(tools.npm.globalConfig, `${INSIDE}/global-npmrc`, false);
    for (const [name, folder] of [
      ['npm-cache', tools.npm.cache],
      ['compile-cache', tools.compileCache],
    ] as const) {
      mkdirSync(folder, { recursive: true });
      bind(folder, `${INSIDE}/${name}`, true);
    }
    const names_ = nameServers();
    if (names_) bind(names_, names_, false);
    for (const mount of request.mounts) {
      if (mount.kind === 'empty') lines.push(`mount -t tmpfs tmpfs ${quote(`root${mount.target}`)}`);
      else if (mount.source) bind(mount.source, mount.target, mount.writable);
    }
    return `${lines.join('\n')}\n`;
  }

  /**
   * A folder that the line removed and made again hides what lower layers have in it. The kernel notes that in an
   * attribute that Node cannot read, so the merged folder is looked at instead, where it could be so.
   */
  private async markOpaque(
    place: string,
    request: RunRequest,
    index: Index,
    lent: readonly string[],
  ): Promise<void> {
    const doubtful = [...index].flatMap(([path, entry]) => {
      const missing = entry.kind === 'folder' ? lowerNames(request.tree, path, index) : [];
      return missing.length > 0 ? [{ path, missing }] : [];
    });
    if (doubtful.length === 0) return;
    const again = join(place, 'again');
    mkdirSync(join(again, 'root'), { recursive: true });
    symlinkSync(join(place, 'upper'), join(again, 'upper'));
    for (const [number, layer] of request.layers.entries())
      symlinkSync(layer.folder, join(again, `l${number}`));
    mkdirSync(join(again, 'empty'));
    const lower = ['upper', ...request.layers.map((_, number) => `l${number}`).reverse(), 'empty'];
    const checks = doubtful.map(({ path, missing }) => {
      const visible = missing.map(
        (name) => `[ -e ${quote(`root/${path}/${name}`)} ] || [ -L ${quote(`root/${path}/${name}`)} ]`,
      );
      return `{ ${visible.join(' || ')}; } || echo ${quote(path)}`;
    });
    writeFileSync(
      join(again, 'look.sh'),
      `cd ${quote(again)}\nexport LIBMOUNT_FORCE_MOUNT2=always\nmount -t overlay overlay -o lowerdir=${lower.join(':')},userxattr root || exit 1\n${checks.join('\n')}\nexit 0\n`,
    );
    let output = '';
    const exitCode = await execute(
      [UNSHARE, ...NAMESPACES, '/bin/sh', join(again, 'look.sh')],
      {},
      undefined,
      (text) => {
        output += text;
      },
    );
    if (exitCode !== 0)
      throw new Error(`the layers could not be read again: ${output.trim()} (lent: ${lent.join(', ')})`);
    for (const path of output.split('\n').filter((line) => line !== '')) {
      const entry = index.get(path);
      if (entry?.kind === 'folder') index.set(path, { ...entry, opaque: true });
    }
  }
}

/** Names that lower layers have in a folder and of which the new layer says nothing. */
function lowerNames(tree: Tree, path: string, index: Index): string[] {
  if (tree.get(path)?.kind !== 'folder') return [];
  return tree.names(path).filter((name) => !index.has(`${path}/${name}`));
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
