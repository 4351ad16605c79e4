/**
 * `node test/console/pictures.ts [FOLDER]`: the page's pictures for the documents, from the prepared answers of the fixtures.
 * With LOCKSTEP_SANS and LOCKSTEP_MONO naming font files they are set in these; otherwise in what this machine has.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type Bundle, filesOf, readBundle } from '../../console/server/bundle.ts';
import { serve } from '../../console/server/http.ts';
import { openBrowser, until } from './browser.ts';
import { fixtureSource } from './fixtures/source.ts';
import { smallPng } from './small-png.ts';

interface Picture {
  readonly name: string;
  readonly at: string;
  readonly theme: 'dark' | 'light';
  readonly width: number;
  /** Left out: the whole page. */
  readonly height?: number;
}

const PICTURES: readonly Picture[] = [
  { name: 'now', at: '/now', theme: 'dark', width: 1440, height: 900 },
  { name: 'now-light', at: '/now', theme: 'light', width: 1440, height: 900 },
  { name: 'deployment', at: '/deployment/7k2f', theme: 'dark', width: 1440 },
  { name: 'deployment-running', at: '/deployment/t81c', theme: 'dark', width: 1440 },
  { name: 'deployment-phone', at: '/deployment/7k2f', theme: 'dark', width: 390 },
  { name: 'approval', at: '/approval/q3xd', theme: 'light', width: 1440 },
  { name: 'history', at: '/history', theme: 'dark', width: 1440, height: 900 },
  { name: 'metrics', at: '/metrics/production/backend', theme: 'light', width: 1440, height: 900 },
];

/** Its answers are of the minute in which that deployment ran. */
const RUNNING_AT = '2026-11-24T13:04:40.000Z';
const folder = process.argv[2] ?? join(import.meta.dirname, '../../docs/pictures');
const bundle = withFonts(await readBundle());
const browser = await openBrowser();
for (const picture of PICTURES) await take(browser, picture);
await browser.close();

async function take(from: Browser, { name, at, theme, width, height }: Picture): Promise<void> {
  const source = fixtureSource();
  if (name === 'deployment-running') {
    const { now } = source;
    source.now = async () => ({ ...(await now()), at: RUNNING_AT });
  }
  const { url, close } = await serve({ source, files: (token) => filesOf(bundle, token), port: 0 });
  const context = await from.newContext({
    // A font that is in the style sheet itself is more than the page's policy allows.
    bypassCSP: true,
    viewport: { width, height: height ?? 900 },
    colorScheme: theme,
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${url}#${at}`);
  await until(page, '!document.querySelector("p.waiting") && document.querySelector("h1")');
  if (height === undefined) {
    const tall = await page.evaluate<number>('document.documentElement.scrollHeight');
    await page.setViewportSize({ width, height: tall });
  }
  await page.evaluate('document.fonts.ready');
  // One more drawing, in the size that it has now.
  await page.waitForTimeout(1_100);
  writeFileSync(join(folder, `${name}.png`), smallPng(await page.screenshot()));
  await context.close();
  await close();
  console.log(join(folder, `${name}.png`));
}

function withFonts(plain: Bundle): Bundle {
  const named = [
    ['sans', process.env['LOCKSTEP_SANS']],
    ['mono', process.env['LOCKSTEP_MONO']],
  ] as const;
  let { style } = plain;
  for (const [family, path] of named) {
    if (!path) continue;
    const data = readFileSync(path).toString('base64');
    style = style.replace(new RegExp(`--${family}:[^;}]+`), `--${family}:picture-${family}`);
    style += `@font-face{font-family:picture-${family};font-weight:100 900;src:url(data:font/woff2;base64,${data})}`;
  }
  return { ...plain, style };
}
