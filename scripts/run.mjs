// Every npm script goes through here. It needs nothing but Node 20, npm and git: it installs what the lock file
// names when that is missing or outdated, and then runs the job on the Node that the lock file pins.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const stamp = join(root, 'node_modules', '.lockstep-installed');

const node = (...args) => [join(bin, 'node'), args];
/** What each script runs, in order; the first that fails ends the script with its exit code. */
const jobs = {
  start: (args) => [node('cli/main.ts', 'start', ...args)],
  lockstep: (args) => [node('cli/main.ts', ...args)],
  test: (args) => [node('--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', ...args)],
  check: () => [node('node_modules/typescript/bin/tsc'), [join(bin, 'biome'), ['check', '.']], node('scripts/imports.ts')],
  fix: () => [[join(bin, 'biome'), ['check', '--write', '.']], node('scripts/docs.ts')],
  docs: () => [node('scripts/docs.ts')],
  synth: (args) => [node('scripts/synth.ts', ...args)],
  bench: (args) => [node('bench/main.ts', ...args)],
};

const [name, ...args] = process.argv.slice(2);
const job = jobs[name];
if (!job) fail(`there is no script "${name}"; there are ${Object.keys(jobs).join(', ')}.`);
install();
const environment = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
for (const [command, commandArgs] of job(args)) {
  const code = await run(command, commandArgs);
  if (code !== 0) process.exit(code);
}

function install() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const want = `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return;
  process.stderr.write('Installing what the lock file names (about 1 GB, a minute or two, once) …\n');
  const started = Date.now();
  const beat = setInterval(() => {}, 1000);
  // --no-audit, --no-fund: nothing here may need a host other than the registry.
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  clearInterval(beat);
  if (done.status !== 0) {
    fail(`npm ci ended with ${done.status ?? done.error?.message}. Mend what it says above (a broken package-lock.json: \`git checkout package-lock.json\`) and try again.`);
  }
  writeFileSync(stamp, want);
  process.stderr.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

/** Signals are the child's business: it ends its own children, and this process ends with it. */
function run(command, commandArgs) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { cwd: root, stdio: 'inherit', env: environment });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => fail(`${command} cannot be started: ${error.message}`));
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

function fail(sentence) {
  process.stderr.write(`error: ${sentence}\n`);
  process.exit(1);
}
