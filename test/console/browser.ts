/** A real browser: headless Chromium, as npm carries it. */
import { createRequire } from 'node:module';
import files from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await files.executablePath(), args: files.args, headless: true });
}

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
