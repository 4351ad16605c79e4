/**
 * PostgreSQL refuses to run as root. Where we are root, it runs as nobody: in a user namespace where the kernel lets us
 * make one (its files then stay ours), else with the rights given up, but for the one to enter folders of root's.
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
const owner = { uid: NOBODY, gid: NOBODY };

const asWeAre: Account = { command: (program) => [program], spawn: {} };

/** In the order of preference. */
const asNobody: readonly Account[] = [
  {
    command: (program) => [
      'unshare',
      '--user',
      `--map-user=${NOBODY}`,
      `--map-group=${NOBODY}`,
      '--',
      program,
    ],
    spawn: {},
  },
  {
    // A world's folder may lie below one that only root may enter.
    command: (program) => [
      'setpriv',
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      '--inh-caps=-all,+dac_override',
      '--ambient-caps=-all,+dac_override',
      program,
    ],
    spawn: {},
    owner,
  },
  { command: (program) => [program], spawn: { uid: NOBODY, gid: NOBODY }, owner },
];

let probed: Promise<Account> | undefined;

export function unprivileged(): Promise<Account> {
  probed ??= probe();
  return probed;
}

async function probe(): Promise<Account> {
  if (userInfo().uid !== 0) return asWeAre;
  for (const account of asNobody) {
    const [program, ...args] = account.command('/bin/sh');
    try {
      const { stdout } = await promisify(execFile)(program, [...args, '-c', 'id -u'], account.spawn);
      if (stdout.trim() === String(NOBODY)) return account;
    } catch {
      // The program is missing or may not do it here: the next way.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no other user here that it could run as.');
}
