/**
 * Programs that a container finds on its PATH. First come `node`, which takes the task's address along wherever it is
 * started from, and `wget`, which has no way of its own to reach a task's address. Last, for images that name them and
 * a machine that lacks them: the inits and entry points of Docker images, npm, and curl.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNpm, onPath } from '../../images/npm.ts';
import { nodeBinary, PRISMA_ENGINE, PROJECT } from '../../images/run/tools.ts';
import type { View, ViewRequest } from './view.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

/** What tini and dumb-init are asked for beside the command; neither does anything for a process group of its own. */
const INIT = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break ;;
    -p|-e|-r|--rewrite) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
exec "$@"
`;

/** As the entry point of the node image: what is no command is for node. */
const ENTRY_POINT = `#!/bin/sh
set -e
if [ "\${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then
  set -- node "$@"
fi
exec "$@"
`;

export interface StandIns {
  /** Goes before everything else on the PATH. */
  readonly first: string;
  readonly last: string;
  readonly preload: string;
  readonly prismaEngine: string;
}

/** The folders that the stand-ins need to see inside. */
export function lentFolders(own: string, network: string): ViewRequest['lent'] {
  const npm = findNpm().folder;
  return [
    { name: 'task', folder: own, writable: true },
    { name: 'network', folder: network, writable: true },
    { name: 'node', folder: dirname(nodeBinary()), writable: false },
    { name: 'project', folder: PROJECT, writable: false },
    ...(npm ? [{ name: 'npm', folder: npm, writable: false }] : []),
  ];
}

export function writeStandIns(own: string, view: View, settings: object): StandIns {
  const folders = { first: join(own, 'bin'), last: join(own, 'bin-last') };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  const preload = join(own, 'preload.cjs');
  const shared = view.lent(join(HERE, 'preload.cjs'));
  writeFileSync(preload, `require(${JSON.stringify(shared)})(${JSON.stringify(settings)});\n`);
  const inside = { preload: view.lent(preload), node: view.lent(nodeBinary()) };
  const fetcher = view.lent(join(HERE, 'fetch.cjs'));

  const node = `"${inside.node}" --require "${inside.preload}"`;
  script(join(folders.first, 'node'), `#!/bin/sh\nexec ${node} "$@"\n`);
  script(join(folders.first, 'wget'), `#!/bin/sh\nexec ${node} "${fetcher}" wget "$@"\n`);
  for (const name of ['tini', 'tini-static', 'dumb-init']) script(join(folders.last, name), INIT);
  script(join(folders.last, 'docker-entrypoint.sh'), ENTRY_POINT);
  if (!onPath('curl')) script(join(folders.last, 'curl'), `#!/bin/sh\nexec ${node} "${fetcher}" curl "$@"\n`);
  const npm = findNpm().folder;
  for (const name of npm ? ['npm', 'npx'] : []) {
    const client = view.lent(join(npm ?? '', 'bin', `${name}-cli.js`));
    script(join(folders.last, name), `#!/bin/sh\nexec node "${client}" "$@"\n`);
  }
  return {
    first: view.lent(folders.first),
    last: view.lent(folders.last),
    preload: inside.preload,
    prismaEngine: view.lent(join(PROJECT, PRISMA_ENGINE)),
  };
}

function script(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}
