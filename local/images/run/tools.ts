/**
 * What a base image would bring and the machine has to lend: Node, npm, and stand-ins for the programs that would
 * change the system. One folder, laid out for both kinds of sandbox.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNpm, type Npm } from '../npm.ts';

/** The repository of Lockstep itself: its Node and its Prisma engine are lent, read-only. */
export const PROJECT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
export const PRISMA_ENGINE = join('local', 'prisma', 'schema-engine');

export interface Tools {
  /** Stand-ins, first on the PATH of every RUN line. */
  readonly standIns: string;
  /** Lies under the image's layers in the namespace: `usr/local/bin/{node,npm,npx}`. */
  readonly base: string;
  /** The folder that holds the `node` binary. */
  readonly node: string;
  readonly npm: Npm;
  /** Where Node keeps compiled code: npm alone would leave hundreds of such files in a layer. */
  readonly compileCache: string;
}

/** Where the sandbox shows what is lent. */
export const INSIDE = '/.lockstep';

/** Programs that change users, owners or packages of a system: a plain process may not, and need not. */
const STAND_INS = [
  'apt-get',
  'apt',
  'aptitude',
  'apk',
  'yum',
  'dnf',
  'microdnf',
  'zypper',
  'dpkg',
  'apt-key',
  'add-apt-repository',
  'apt-mark',
  'update-ca-certificates',
  'adduser',
  'addgroup',
  'useradd',
  'groupadd',
  'usermod',
  'groupmod',
  'userdel',
  'deluser',
  'delgroup',
  'passwd',
  'chpasswd',
  'chown',
  'chgrp',
  'setcap',
  'sudo',
  'gosu',
  'su-exec',
  'corepack',
  'locale-gen',
  'ldconfig',
  'systemctl',
  'service',
  'mount',
  'umount',
  'sysctl',
  'npm',
];

export function prepareTools(home: string): Tools {
  const npm = findNpm();
  const node = dirname(nodeBinary());
  const place = join(home, 'tools');
  const standIn = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'stand-in.sh'), 'utf8');
  const stamp = JSON.stringify({ standIn, node, npm: npm.folder, STAND_INS });
  const tools = {
    compileCache: join(home, 'compile-cache'),
    standIns: join(place, 'stand-ins'),
    base: join(place, 'base'),
    node,
    npm,
  };
  if (existsSync(join(place, 'stamp')) && readFileSync(join(place, 'stamp'), 'utf8') === stamp) return tools;

  const beside = `${place}.${process.pid}`;
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(join(beside, 'stand-ins'), { recursive: true });
  script(join(beside, 'stand-ins', 'stand-in'), standIn);
  for (const name of STAND_INS) symlinkSync('stand-in', join(beside, 'stand-ins', name));
  const bin = join(beside, 'base', 'usr', 'local', 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(`${INSIDE}/node/node`, join(bin, 'node'));
  for (const name of ['npm', 'npx']) {
    script(join(bin, name), `#!/bin/sh\nexec node "${INSIDE}/npm/bin/${name}-cli.js" "$@"\n`);
  }
  writeFileSync(join(beside, 'stamp'), stamp);
  rmSync(place, { recursive: true, force: true });
  try {
    renameSync(beside, place);
  } catch {
    // Another build prepared the same tools at the same moment.
    rmSync(beside, { recursive: true, force: true });
  }
  return tools;
}

function script(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

/** The Node that the lock file pins; the one that runs us where the package is not there. */
export function nodeBinary(): string {
  const pinned = join(PROJECT, 'node_modules', 'node', 'bin', 'node');
  return existsSync(pinned) ? pinned : process.execPath;
}
