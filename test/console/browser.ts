/** A real browser: headless Chromium, as npm carries it. */
import { createRequire } from 'node:module';
import files from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';

/**
 * Its usual arguments are for a function that renders one page: they switch off what keeps sites apart, the origin of a
 * request too, and put all of the browser into one process, which ends with the first page.
 */
const UNWANTED =
  /^--(disable-web-security|allow-running-insecure-content|disable-site-isolation-trials|disable-features=.*|single-process|no-zygote)/;

export async function openBrowser(): Promise<Browser> {
  const args = files.args.filter((arg) => !UNWANTED.test(arg));
  return chromium.launch({ executablePath: await files.executablePath(), args, headless: true });
}

/** Until an expression is true in the page: asked from outside, since its content security policy lets nothing be evaluated. */
export async function until(page: Page, expression: string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (await page.evaluate(`Boolean(${expression})`)) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`in vain: ${expression}`);
}

const PATIENCE_MS = 15_000;

/** What the page complains about: errors of its script, and whatever its content security policy keeps out. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on('pageerror', (error) => heard.push(error.message));
  page.on('console', (message) => {
    // A piece that a test lets fail is no complaint of the page.
    if (message.type() === 'error' && !/status of [45]\d\d/.test(message.text())) heard.push(message.text());
  });
  return heard;
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** axe's violations of the page as it stands, each in words. */
export async function violations(page: Page): Promise<string[]> {
  const { readFile } = await import('node:fs/promises');
  // Evaluated by the browser's own tools, which its content security policy lets alone.
  if (!(await page.evaluate('typeof axe !== "undefined"'))) await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations: found } = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )) as {
    violations: Violation[];
  };
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
  );
}
