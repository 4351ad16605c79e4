/** The `docker` command: started, awaited, its errors told in its own words. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly error: string;
}

/** `secrets` reach the command through its environment, so that they never stand in a list of processes. */
export function run(
  args: readonly string[],
  { secrets = {}, input }: { secrets?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = start(args, secrets);
    let output = '';
    let error = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output: output.trim(), error: error.trim() }));
  });
}

/** As `run`, and a failure is an error. */
export async function docker(
  args: readonly string[],
  options: { secrets?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<string> {
  const { code, output, error } = await run(args, options);
  if (code !== 0)
    throw new Error(
      error.replace(/^Error response from daemon: /, '') || `docker ${args[0]} ended with ${code}`,
    );
  return output;
}

export function start(args: readonly string[], secrets: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn('docker', args, { env: { ...process.env, ...secrets }, stdio: ['pipe', 'pipe', 'pipe'] });
}
