/**
 * `npm ci` in a build, kept by what goes into it: what CodeBuild's own cache does for a folder, without a setting. The
 * same manifest, lock file, flags, Node and npm make the same `node_modules`; where they might not, npm runs.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onPath } from '../../images/npm.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Scripts of the project itself that `npm ci` runs: they may do anything, so they are never skipped. */
const LIFECYCLE = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
];

const OWN = fileURLToPath(new URL('bin/npm', import.meta.url));

export async function main(args: readonly string[], environment: Environment): Promise<number> {
  const npm = realNpm(environment);
  if (!npm) {
    process.stderr.write('npm: not found on this machine\n');
    return 127;
  }
  const home = environment['LOCKSTEP_BUILD_CACHE'];
  const key = home === undefined ? undefined : keyOf(args, environment, npm);
  if (home === undefined || key === undefined) return run(npm, args, environment);
  const kept = join(home, 'npm-ci', key);
  if (take(kept)) {
    process.stdout.write('taken from an earlier `npm ci` of the same lock file\n');
    return 0;
  }
  const code = await run(npm, args, environment);
  if (code === 0 && existsSync('node_modules')) keep(kept);
  return code;
}

/**
 * The files are linked to, ten thousand in the time of a breath. What a build changes in place would change what is
 * kept: so each file's time and size are looked at before it is used again, and one that differs ends it all.
 */
function take(kept: string): boolean {
  const files = join(kept, 'node_modules');
  if (!existsSync(kept)) return false;
  if (readFileSync(join(kept, 'stamp'), 'utf8') !== stampOf(files)) {
    rmSync(kept, { recursive: true, force: true });
    return false;
  }
  rmSync('node_modules', { recursive: true, force: true });
  linkTree(files, 'node_modules');
  const now = new Date();
  utimesSync(kept, now, now);
  return true;
}

function keep(kept: string): void {
  const beside = `${kept}.${randomUUID()}`;
  try {
    mkdirSync(beside, { recursive: true });
    linkTree('node_modules', join(beside, 'node_modules'));
    writeFileSync(join(beside, 'stamp'), stampOf(join(beside, 'node_modules')));
    renameSync(beside, kept);
  } catch {
    // Another disk, or another build that kept the same at the same moment: nothing is lost but time.
  }
  rmSync(beside, { recursive: true, force: true });
}

function linkTree(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkSync(source, target);
  }
}

/** Paths, sizes and times of change of all files. */
function stampOf(folder: string): string {
  const hash = createHash('sha256');
  const visit = (inner: string) => {
    for (const entry of readdirSync(inner, { withFileTypes: true })) {
      const path = join(inner, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) {
        const { size, mtimeMs } = statSync(path);
        hash.update(`${path.slice(folder.length)} ${size} ${mtimeMs}\n`);
      }
    }
  };
  visit(folder);
  return hash.digest('hex');
}

/** Undefined where npm has to run. */
function keyOf(args: readonly string[], environment: Environment, npm: string): string | undefined {
  const [command, ...flags] = args;
  if (
    (command !== 'ci' && command !== 'clean-install') ||
    flags.some((flag) => !/^--[\w-]+(?:=\S*)?$/.test(flag))
  ) {
    return undefined;
  }
  const manifest = read('package.json');
  const lock = read('package-lock.json');
  if (manifest === undefined || lock === undefined) return undefined;
  const { scripts = {}, workspaces } = JSON.parse(manifest) as { scripts?: object; workspaces?: unknown };
  const own = LIFECYCLE.some((name) => name in scripts);
  // A linked folder is part of the checkout, and no lock file says what is in it.
  if (own || workspaces !== undefined || /"link": true|"file:/.test(lock)) return undefined;
  const settings = Object.entries(environment).filter(([name]) =>
    /^npm_config_(?!cache$)|^NODE_ENV$/i.test(name),
  );
  const versions = [process.version, process.platform, process.arch, npmVersion(npm)];
  const parts = [manifest, lock, read('.npmrc'), flags, settings.sort(), versions];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function npmVersion(npm: string): string {
  return read(join(dirname(dirname(realpathSync(npm))), 'package.json')) ?? npm;
}

/** The machine's own, behind this one on the PATH. */
function realNpm(environment: Environment): string | undefined {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => {
    const file = join(folder, 'npm');
    return existsSync(file) && realpathSync(file) !== OWN;
  });
  return onPath('npm', { PATH: folders.join(delimiter) });
}

function run(program: string, args: readonly string[], environment: Environment): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: environment as NodeJS.ProcessEnv });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
