/** A copy of the image per container: slower and larger than an overlay, and possible everywhere. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { View, ViewRequest } from './view.ts';

export async function copyView({ image, place }: ViewRequest): Promise<View> {
  const root = join(place, 'root');
  // A clone where the file system can make one: no bytes are copied then.
  const clone = process.platform === 'darwin' ? ['-cRp'] : ['-a', '--reflink=auto'];
  await promisify(execFile)('cp', [...clone, image.root, root]);
  const path = (absolute: string) => {
    const own = join(root, absolute);
    return existsSync(own) ? own : absolute;
  };
  return {
    kind: 'copy',
    lent: (file) => file,
    path,
    has: (absolute) => existsSync(join(root, absolute)) || existsSync(absolute),
    wrap(argv, workingDirectory) {
      const folder = join(root, workingDirectory);
      mkdirSync(folder, { recursive: true });
      return { file: '/bin/sh', args: ['-c', 'cd "$0" && exec "$@"', folder, ...argv] };
    },
    async close() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
