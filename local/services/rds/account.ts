/**
 * PostgreSQL refuses to run as root. Where we are root, it runs as nobody: in a user namespace where the kernel
 * lets us make one (its files then stay ours), else by giving up the rights for real.
 */
import { execFile, type SpawnOptions } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

export interface Account {
  /** The words that start `program` in this account. */
  command(program: string): [string, ...string[]];
  readonly spawn: Pick<SpawnOptions, 'uid' | 'gid'>;
  /** Who must own the data folder, where that is not us. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

const NOBODY = 65_534;
const asWeAre: Account = { command: (program) => [program], spawn: {} };
const inNamespace: Account = {
  command: (program) => ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--', program],
  spawn: {},
};
const asNobody: Account = {
  command: (program) => [program],
  spawn: { uid: NOBODY, gid: NOBODY },
  owner: { uid: NOBODY, gid: NOBODY },
};

let probed: Promise<Account> | undefined;

export function unprivileged(): Promise<Account> {
  probed ??= probe();
  return probed;
}

async function probe(): Promise<Account> {
  if (userInfo().uid !== 0) return asWeAre;
  const [program, ...args] = inNamespace.command('/bin/sh');
  try {
    const { stdout } = await promisify(execFile)(program, [...args, '-c', 'id -u']);
    if (stdout.trim() === String(NOBODY)) return inNamespace;
  } catch {
    // No unshare, or a kernel that forbids it: the other way works too, if nobody may read our node_modules.
  }
  return asNobody;
}
