/** Data folders as files: copied, given away, measured. */
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unprivileged } from './account.ts';

/** Files that vanish while they are copied were temporary ones. */
export async function copyFolder(
  from: string,
  to: string,
  wanted: (topLevelName: string) => boolean,
): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!wanted(entry.name) || entry.name.startsWith('pgsql_tmp')) continue;
    try {
      await cp(join(from, entry.name), join(to, entry.name), {
        recursive: true,
        mode: 2,
        preserveTimestamps: false,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** Where the server runs as somebody else, what we copied must be theirs. */
export async function own(folder: string): Promise<void> {
  const { owner } = await unprivileged();
  if (!owner) return;
  for (const name of ['', ...(await readdir(folder, { recursive: true }))]) {
    await chown(join(folder, name), owner.uid, owner.gid);
  }
}

/** Processor time of a server and its children, which share its session. Linux only; 0 elsewhere. */
export async function cpuOf(session: number): Promise<number> {
  if (!existsSync('/proc/self/stat')) return 0;
  let ticks = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // The name, in parentheses, may itself hold blanks.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[3]) === session) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

export async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    bytes += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
