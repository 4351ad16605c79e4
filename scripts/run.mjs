// Every npm script goes through here. It needs nothing but Node 20, npm and git: it installs what the lock file
// names when that is missing or outdated, and then runs the job on the Node that the lock file pins.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const stamp = join(root, 'node_modules', '.lockstep-installed');

const node = (...args) => [join(bin, 'node'), args];
const jest = (...args) =>
  node(
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    ...args,
  );
/** What each script runs, in order; the first that fails ends the script with its exit code. */
const jobs = {
  start: (args) => [node('cli/main.ts', 'start', ...args)],
  lockstep: (args) => [node('cli/main.ts', ...args)],
  test: (args) => [jest(...args)],
  // The scenarios that take minutes each.
  'test:long': (args) => [jest('--testMatch=<rootDir>/test/**/*.long.ts', ...args)],
  check: () => [
    node('node_modules/typescript/bin/tsc'),
    [join(bin, 'biome'), ['check', '.']],
    node('scripts/imports.ts'),
  ],
  fix: () => [[join(bin, 'biome'), ['check', '--write', '.']], node('scripts/docs.ts')],
  docs: () => [node('scripts/docs.ts')],
  synth: (args) => [node('scripts/synth.ts', ...args)],
  bench: (args) => [node('bench/main.ts', ...args)],
  'new-rule': (args) => [node('scripts/new-rule.ts', ...args)],
  // Twenty thousand migration files, hostile ones among them: half an hour at most, by hand.
  fuzz: (args) => [node('scripts/fuzz-judge.ts', ...(args.length > 0 ? args : ['20000']))],
};

const [name, ...args] = process.argv.slice(2);
const job = jobs[name];
if (!job) fail(`there is no script "${name}"; there are ${Object.keys(jobs).join(', ')}.`);
await install();
const environment = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
for (const [command, commandArgs] of job(args)) {
  const code = await run(command, commandArgs, { env: environment });
  if (code !== 0) process.exit(code);
}

async function install() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const want = `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return;
  process.stderr.write('Installing what the lock file names: about 1 GB, once, a minute or two …\n');
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  // npm tells nothing while it downloads: what has reached the disk is told instead.
  const free = freeMegabytes();
  const beat = setInterval(
    () => process.stderr.write(`  ${seconds()} s, ${Math.max(0, free - freeMegabytes())} MB\n`),
    10_000,
  );
  // --no-audit, --no-fund: nothing here may need a host other than the registry.
  const words = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await run('npm', words, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  clearInterval(beat);
  if (code !== 0) {
    fail(
      `npm ci ended with ${code}. Mend what it says above (a broken package-lock.json: \`git checkout package-lock.json\`; a full disk: free 2 GB) and try again.`,
    );
  }
  writeFileSync(stamp, want);
  process.stderr.write(`Installed in ${seconds()} s.\n`);
}

function freeMegabytes() {
  const { bavail, bsize } = statfsSync(root);
  return Math.round((bavail * bsize) / 1e6);
}

/** Signals are the child's business: it ends its own children, and this process ends with it. */
function run(command, commandArgs, options) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { cwd: root, stdio: 'inherit', ...options });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => fail(`${command} cannot be started: ${error.message}`));
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

function fail(sentence) {
  process.stderr.write(`error: ${sentence}\n`);
  process.exit(1);
}
