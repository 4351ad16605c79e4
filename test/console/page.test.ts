/** The page in a real browser, against the real server fed with prepared answers. */
import type { Browser, Page } from 'playwright-core';
import { filesOf, readBundle } from '../../console/server/bundle.ts';
import { serve } from '../../console/server/http.ts';
import { complaints, openBrowser, until, violations } from './browser.ts';
import { type FixtureSource, fixtureSource } from './fixtures/source.ts';

let served: Awaited<ReturnType<typeof serve>>;
let source: FixtureSource;
let browser: Browser;
let page: Page;
let heard: string[];

beforeAll(async () => {
  const bundle = await readBundle();
  source = fixtureSource();
  served = await serve({ source, files: (token) => filesOf(bundle, token), port: 0 });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
  heard = complaints(page);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});
beforeEach(async () => {
  source.fail();
  source.beat(true);
  source.done.splice(0);
  heard.splice(0);
  await page.setViewportSize({ width: 1440, height: 900 });
});
afterEach(() => expect(heard).toEqual([]));

const PAGES = {
  now: '#/now',
  history: '#/history',
  metrics: '#/metrics/production/backend',
  schedules: '#/schedules',
  'one that went back': '#/deployment/7k2f',
  'one that runs': '#/deployment/t81c',
  'one that went well': '#/deployment/g00d',
  'one that waits': '#/deployment/q3xd',
  approval: '#/approval/q3xd',
  'a deployment that is not there': '#/deployment/zzzz',
} as const;

/** Opens a page anew, and waits until all that it asked for is drawn. */
async function open(address: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${served.url}${address}`, { waitUntil: 'load' });
  await settled();
}

async function settled(): Promise<void> {
  await until(page, 'document.querySelector("main h1") && !document.querySelector("[aria-busy=true]")');
  // Two frames: what came last is drawn in the next one.
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
}

describe.each(['dark', 'light'] as const)('%s', (scheme) => {
  test.each(Object.entries(PAGES))('%s has no violation that axe finds', async (_, address) => {
    await page.emulateMedia({ colorScheme: scheme });
    await open(address);
    expect(await violations(page)).toEqual([]);
  });
});

test.each(Object.entries(PAGES))('%s fits into 360 px', async (_, address) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open(address);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
});

test('a phone shows a deployment without violations too', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(PAGES['one that went back']);
  expect(await violations(page)).toEqual([]);
});

describe('with the keyboard alone', () => {
  test('a service is found, its deployment opened, and the way back taken', async () => {
    await open(PAGES.now);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const focused = await page.evaluate('document.activeElement?.textContent ?? ""');
    expect(focused).not.toBe('');
    await page.keyboard.press('Enter');
    await until(page, 'location.hash.startsWith("#/deployment/")');
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await until(page, 'location.hash.startsWith("#/history")');
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await until(page, 'location.hash.startsWith("#/now")');
  });

  test('search takes a commit and leads to its deployment', async () => {
    await open(PAGES.now);
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('find');
    // The list of deployments is read when somebody begins to search.
    const listed = page.waitForResponse(/\/api\/history/);
    await page.keyboard.type('a1b2c3');
    await listed;
    await page.keyboard.type('d');
    await page.waitForSelector('#found:not([hidden]) li');
    await page.keyboard.press('Enter');
    await until(page, 'location.hash === "#/deployment/7k2f"');
  });

  test('what has the focus is outlined', async () => {
    await open(PAGES.now);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
  });

  test('all keys are listed, and Escape leaves the list', async () => {
    await open(PAGES.now);
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    expect(await page.locator('dialog[open]').innerText()).toContain('History');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
  });
});

describe('approving', () => {
  test('opens only when every consequence is ticked and a reason is given, and then does it', async () => {
    await open(PAGES.approval);
    const approve = page.getByRole('button', { name: /^Approve/ });
    expect(await approve.isDisabled()).toBe(true);
    const ticks = page.locator('input[type=checkbox]');
    expect(await ticks.count()).toBe(2);
    await ticks.nth(0).check();
    await page.locator('textarea').first().fill('announced window');
    expect(await approve.isDisabled()).toBe(true);
    await ticks.nth(1).check();
    // Drawn with the next frame; a click waits until it may.
    await approve.click();
    await page.waitForSelector('dialog[open] form');
    expect(source.done).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await page.locator('dialog[open] button[type=submit]').click();
    await until(page, '/Done: approve/.test(document.querySelector("dialog[open]")?.textContent ?? "")');
    expect(source.done).toEqual([
      {
        on: { action: 'approve', id: 'q3xd' },
        request: { confirm: 'the-plan', accept: ['downtime', 'no-rollback'], reason: 'announced window' },
      },
    ]);
  });

  test('by its key opens a confirmation, and acts on nothing by itself', async () => {
    await open(PAGES.approval);
    await page.keyboard.press('a');
    await page.waitForSelector('dialog[open] form');
    expect(await page.locator('dialog[open] button[type=submit]').isDisabled()).toBe(true);
    expect(source.done).toEqual([]);
    await page.keyboard.press('Escape');
  });

  test('shows as written beside the safe form', async () => {
    await open(PAGES.approval);
    const text = await page.locator('.findings').innerText();
    expect(text).toContain('ALTER TABLE "orders" ALTER COLUMN "total" SET NOT NULL;');
    expect(text).toContain('CHECK ("total" IS NOT NULL) NOT VALID');
  });
});

test('cancelling asks first', async () => {
  await open(PAGES['one that runs']);
  await page.keyboard.press('x');
  await page.waitForSelector('dialog[open] form');
  expect(source.done).toEqual([]);
  await page.locator('dialog[open] button[type=submit]').click();
  await until(page, '/Done: cancel/.test(document.querySelector("dialog[open]")?.textContent ?? "")');
  expect(source.done).toHaveLength(1);
});

describe('a thousand deployments', () => {
  test('are a window of some rows, and the last one is there when one scrolls to it', async () => {
    await open(PAGES.history);
    const rows = page.locator('#window [role=row]');
    expect(await rows.count()).toBeLessThan(120);
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await until(page, '/73e7/.test(document.querySelector("#window").textContent)');
    expect(await rows.count()).toBeLessThan(120);
  });

  test('keep their filters in the address', async () => {
    await open('#/history?service=billing&verdict=rolled-back');
    const text = await page.locator('#window').innerText();
    expect(text).toContain('billing');
    expect(text).not.toMatch(/\bsearch\b|succeeded/);
  });
});

describe('what goes wrong', () => {
  test('a piece that cannot be read says so in its place, and the rest stays', async () => {
    source.fail('logs', 'timeline');
    await open(PAGES['one that went back']);
    const text = await page.locator('main').innerText();
    expect(text).toContain('CloudWatch Logs answered too slowly.');
    expect(text).toContain('Rolled back.');
    expect(text).toContain('What the state machine did');
    expect(await violations(page)).toEqual([]);
  });

  test('without a look for ten seconds the page says since when it is not live', async () => {
    await page.clock.install();
    try {
      await open(PAGES.now);
      await until(page, 'document.querySelector(".beat").textContent === "Live"');
      source.beat(false);
      await page.clock.fastForward(12_000);
      await until(page, '/^Not live since/.test(document.querySelector(".beat").textContent)');
      // The figures stay; they are only no longer of this moment.
      expect(await page.locator('main').innerText()).toContain('9f31c2e');
      expect(await page.evaluate('document.body.classList.contains("stale")')).toBe(true);
      source.beat(true);
      await until(page, 'document.querySelector(".beat").textContent === "Live"');
    } finally {
      await page.clock.resume();
    }
  });

  test('an environment without a deployment says what to do next', async () => {
    await open('#/now');
    expect(await page.locator('main').innerText()).toContain('lockstep deploy');
  });
});

test('a verdict arrives without reloading, and is announced', async () => {
  await open(PAGES['one that runs']);
  await page.evaluate('window.kept = true');
  const good = await source.deployment('g00d');
  source.tell({ type: 'deployment', deployment: { ...good, id: 't81c' } });
  await until(page, '/^Succeeded/.test(document.querySelector("main h1").textContent.trim())');
  expect(await page.evaluate('window.kept')).toBe(true);
  await until(page, '/Succeeded/.test(document.querySelector("[aria-live]").textContent)');
});
