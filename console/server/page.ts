/** The page's three files, made once when the server starts and kept in memory. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

export type Page = Readonly<Record<string, { readonly type: string; readonly body: string }>>;

const WEB = join(import.meta.dirname, '../web/before');

export async function page(token: string): Promise<Page> {
  const [bundle, style] = await Promise.all([
    build({
      entryPoints: [join(WEB, 'main.ts')],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2023',
    }),
    readFile(join(WEB, 'console.css'), 'utf8'),
  ]);
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf-token" content="${token}"><title>Lockstep</title>
<link rel="stylesheet" href="/console.css"><script type="module" src="/console.js"></script></head>
<body><header><strong>Lockstep</strong><nav aria-label="Pages"></nav><span id="live" class="stale">Connecting</span></header>
<main></main><p id="said" aria-live="polite" class="dull"></p></body></html>`;
  return {
    '/': { type: 'text/html; charset=utf-8', body: html },
    '/console.css': { type: 'text/css; charset=utf-8', body: style },
    '/console.js': { type: 'text/javascript; charset=utf-8', body: bundle.outputFiles[0]?.text ?? '' },
  };
}
