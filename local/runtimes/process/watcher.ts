/**
 * Ends the processes of all tasks when this process is gone, however it went: a shell that reads from a pipe and, at
 * its end, kills the groups that it was told of and whatever carries the runtime's mark in its environment.
 */
import { type ChildProcess, spawn } from 'node:child_process';

// dash knows no `kill -9 -- -GROUP`. The loop's own shell must not carry the mark: it is started with a clean environment.
const SCRIPT = `
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups=$(printf '%s' "$groups" | sed "s/ $group / /") ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
for file in /proc/[0-9]*/environ; do
  if grep -qa "$0" "$file" 2>/dev/null; then
    process=\${file#/proc/}
    kill -s KILL "\${process%/environ}" 2>/dev/null
  fi
done
`;

export class Watcher {
  private readonly child: ChildProcess;

  constructor(mark: string) {
    this.child = spawn('/bin/sh', ['-c', SCRIPT, mark], {
      // Its own session: the terminal's Ctrl-C is not for it.
      detached: true,
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.child.unref();
    (this.child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
    this.child.stdin?.on('error', () => {});
  }

  add(group: number): void {
    this.child.stdin?.write(`+ ${group}\n`);
  }

  remove(group: number): void {
    this.child.stdin?.write(`- ${group}\n`);
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const over = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin?.end();
    await over;
  }
}
