/**
 * The page's files. Script and style are made when the command is built, and in a checkout again when a source is newer;
 * a start of the console reads two files.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const WEB = join(ROOT, 'console/web');
const OUT = join(ROOT, 'dist/console');

export interface Bundle {
  readonly html: string;
  readonly script: string;
  readonly style: string;
}

export async function readBundle(): Promise<Bundle> {
  if (!isFresh()) await buildPage();
  return {
    html: readFileSync(join(WEB, 'index.html'), 'utf8'),
    script: readFileSync(join(OUT, 'console.js'), 'utf8'),
    style: readFileSync(join(OUT, 'console.css'), 'utf8'),
  };
}

/** Two commands may build at once: each file is put in place whole. */
export async function buildPage(): Promise<void> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: { console: join(WEB, 'main.ts'), style: join(WEB, 'console.css') },
    outdir: OUT,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    legalComments: 'none',
    logLevel: 'error',
  });
  mkdirSync(OUT, { recursive: true });
  for (const { path, text } of outputFiles) put(path.endsWith('.css') ? 'console.css' : 'console.js', text);
}

function put(name: string, text: string): void {
  const aside = join(OUT, `${name}-${process.pid}`);
  writeFileSync(aside, text);
  renameSync(aside, join(OUT, name));
}

function isFresh(): boolean {
  const built = Math.min(modified(join(OUT, 'console.js')), modified(join(OUT, 'console.css')));
  // Only types of ours come from elsewhere, and they are not in the bundle.
  const sources = readdirSync(WEB, { recursive: true, encoding: 'utf8' });
  return built > 0 && sources.every((name) => modified(join(WEB, name)) <= built);
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** `__TOKEN__` in the page becomes what its actions have to carry. */
export function filesOf({ html, script, style }: Bundle, token: string) {
  return {
    '/': { type: 'text/html; charset=utf-8', body: html.replace('__TOKEN__', token) },
    '/console.css': { type: 'text/css; charset=utf-8', body: style },
    '/console.js': { type: 'text/javascript; charset=utf-8', body: script },
  };
}
