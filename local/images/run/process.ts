/** Starting a program and clearing up after an overlay. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

/** Where programs are looked for when nobody says otherwise, as in Debian's images. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs to the end and resolves to the exit code; 127 where the program does not exist, 128 + the number for a signal.
 * Nothing of our own environment is passed on.
 */
export function execute(
  command: readonly string[],
  variables: Readonly<Record<string, string>>,
  input: string | undefined,
  onOutput: (text: string) => void,
  place: { cwd?: string; uid?: number; gid?: number } = {},
): Promise<number> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...place,
      env: { PATH: SYSTEM_PATH, ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A program that ends without reading its input is no error.
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
    child.stdout.setEncoding('utf8').on('data', onOutput);
    child.stderr.setEncoding('utf8').on('data', onOutput);
    child.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve(127) : reject(error),
    );
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

/** Removes a scratch folder. overlayfs leaves a folder without permissions in each of its work folders. */
export function removeWork(place: string): void {
  for (const name of existsSync(place) ? readdirSync(place) : []) {
    const inner = join(place, name, 'work');
    if (name.startsWith('work') && existsSync(inner)) chmodSync(inner, 0o700);
  }
  rmSync(place, { recursive: true, force: true });
}
