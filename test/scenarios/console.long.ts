/**
 * The console beside the embedded AWS, in a real browser: a page that was opened before there was anything watches a good
 * deployment and one that goes back to their ends, without being loaded again, and approves one that waits for a person. The
 * pictures that README shows are taken on the way; they are kept where LOCKSTEP_PICTURES names a folder.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { complaints, openBrowser, until, violations } from '../console/browser.ts';
import { smallPng } from '../console/small-png.ts';
import { lockstep, PROJECT, type Ran, verdictOf } from '../setup/command.ts';
import { copyBackend, startLocal, stopLocal, variablesOf } from '../setup/local.ts';

const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-console-'));
const world = join(folder, 'world');
const repository = join(folder, 'repository');
const pictures = process.env['LOCKSTEP_PICTURES']
  ? resolve(process.env['LOCKSTEP_PICTURES'])
  : join(folder, 'pictures');
const variables: NodeJS.ProcessEnv = {};
let server: ChildProcess | undefined;
let url = '';
let browser: Browser;
let page: Page;
let heard: string[];

function git(...words: string[]): void {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  execFileSync('git', [...who, ...words], { cwd: repository, stdio: 'pipe' });
}

/** A release of examples/releases on top of what is there; taken back again with the commit. */
function release(name: string): void {
  const patch = join(PROJECT, 'examples/releases', `${name}.patch`);
  git('apply', '--whitespace=nowarn', '--directory=examples/backend', patch);
  commit(/^Subject: (.+)$/m.exec(readFileSync(patch, 'utf8'))?.[1] ?? name);
}

function commit(subject: string): void {
  git('add', '--all');
  git('commit', '--quiet', '--message', subject);
}

const deploy = (more: readonly string[] = []): Promise<Ran> =>
  lockstep(['deploy', '--service', 'backend', '--environment', 'production', '--json', ...more], {
    directory: repository,
    variables,
  });

/** Starts the console as a person does, and reads the address that it prints. */
async function openConsole(): Promise<string> {
  return new Promise((found, failed) => {
    void lockstep(['console', '--environment', 'production,dev'], {
      directory: repository,
      variables,
      onStart: (child) => {
        server = child;
      },
      onLine: (line) => line.startsWith('http://') && found(line),
    }).then((ran) => failed(new Error(`${ran.stdout}\n${ran.stderr}`)));
  });
}

/** The newest deployment that the page shows for production. */
const newest = () =>
  page.evaluate(
    `fetch('/api/now').then((answer) => answer.json()).then(({ rows }) => rows.find(({ environment }) => environment === 'production').journal.value.latest?.id ?? null)`,
  ) as Promise<string | null>;

async function begun(before: string | null): Promise<string> {
  for (;;) {
    const id = await newest();
    if (id !== null && id !== before) return id;
    await new Promise((later) => setTimeout(later, 200));
  }
}

/** Waits for what takes minutes, and says what the page showed where it never came. */
async function sees(expression: string, minutes = 8): Promise<void> {
  for (const end = Date.now() + minutes * MINUTES; Date.now() < end; ) {
    if (await page.evaluate(`Boolean(${expression})`)) return;
    await new Promise((later) => setTimeout(later, 200));
  }
  throw new Error(`in vain: ${expression}; the page shows:\n${await page.locator('main').innerText()}`);
}

const heading = 'document.querySelector("main h1").textContent.trim()';

/** Of the whole page, as high as it is: what stands at the foot of the window stands at the foot of the picture. */
async function picture(name: string, scheme: 'dark' | 'light' = 'dark'): Promise<void> {
  const { width, height } = page.viewportSize() ?? { width: 1440, height: 900 };
  await page.emulateMedia({ colorScheme: scheme });
  await until(page, '!document.querySelector("[aria-busy=true]")');
  const whole = Number(await page.evaluate('document.documentElement.scrollHeight'));
  await page.setViewportSize({ width, height: Math.max(height, whole) });
  writeFileSync(join(pictures, `${name}.png`), smallPng(await page.screenshot()));
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: 'dark' });
}

beforeAll(async () => {
  mkdirSync(join(repository, 'environments'), { recursive: true });
  mkdirSync(pictures, { recursive: true });
  copyBackend(repository);
  for (const name of ['dev', 'production']) {
    const json = JSON.parse(readFileSync(join(PROJECT, `environments/${name}.json`), 'utf8'));
    // Times that a test can wait for; and a column that goes may be approved, so that there is something to decide.
    json.services.backend.health.bakeSeconds = 15;
    json.migrations = { approve: ['needs-approval', 'blocked'] };
    writeFileSync(join(repository, `environments/${name}.json`), `${JSON.stringify(json, null, 2)}\n`);
  }
  git('init', '--quiet', '--initial-branch=main');
  commit('Documents and users');
  const running = await startLocal(world, 'dev,production');
  Object.assign(variables, variablesOf(running), { GITHUB_ACTOR: 'ada' });
  url = await openConsole();
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
  heard = complaints(page);
}, 5 * MINUTES);

afterAll(async () => {
  await browser?.close();
  server?.kill('SIGINT');
  await stopLocal(world);
  rmSync(folder, { recursive: true, force: true });
}, MINUTES);

test(
  'before there is anything, the page says what to do',
  async () => {
    await page.goto(url);
    await sees('/lockstep deploy/.test(document.querySelector("main").innerText)', 1);
    await page.evaluate('window.kept = true');
  },
  MINUTES,
);

test(
  'a good deployment is watched from its beginning to its end, without loading again',
  async () => {
    const ran = deploy();
    // The row of Now comes by itself; its link leads on.
    await sees('document.querySelector("main a[href^=\'#/deployment/\']")');
    await page.locator("main a[href^='#/deployment/']").first().click();
    await sees(`/^(Building|Migrating|Judging|Releasing|Planning|Starting)/.test(${heading})`);
    await sees(`/^Releasing/.test(${heading})`);
    await sees(`/^Succeeded/.test(${heading})`);
    expect(await page.evaluate('window.kept')).toBe(true);
    expect(await page.locator('[aria-live]').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining('Succeeded')]),
    );
    expect(verdictOf(await ran).verdict).toBe('succeeded');
    expect(await violations(page)).toEqual([]);
    await picture('succeeded');
  },
  12 * MINUTES,
);

test(
  'one that is not healthy is watched until the old release is back',
  async () => {
    const before = await newest();
    release('unhealthy');
    const ran = deploy();
    const id = await begun(before);
    await page.evaluate(`location.hash = '#/deployment/${id}'`);
    await sees(`/^Releasing/.test(${heading})`);
    await sees(`/^Rolled back/.test(${heading})`);
    expect(verdictOf(await ran).verdict).toBe('rolled-back');
    // Why, in the words of the task; what runs now; and the same axis for all of it. Each piece comes by itself, the sentence first.
    await sees(
      '/search: connect ECONNREFUSED search\\.internal:7700/.test(document.querySelector("main").innerText)',
      1,
    );
    expect(await page.evaluate(heading)).toMatch(/runs [0-9a-f]{7} .*again, healthy/);
    for (const said of ['verdict: failed', 'proven healthy', 'Task failed', 'all from new tasks'])
      await sees(`document.querySelector("main").innerText.includes("${said}")`, 1);
    await sees('document.querySelector(".decisive")', 1);
    expect(await page.evaluate('window.kept')).toBe(true);
    expect(await violations(page)).toEqual([]);
    await picture('rolled-back');
    await picture('rolled-back-light', 'light');
    await page.setViewportSize({ width: 390, height: 844 });
    await picture('rolled-back-phone');
    await page.setViewportSize({ width: 1440, height: 900 });
  },
  12 * MINUTES,
);

test(
  'one that waits for a person is approved on the page, every consequence ticked, and goes on to its end',
  async () => {
    git('revert', '--no-edit', 'HEAD');
    const before = await newest();
    release('blocked-migration');
    const ran = deploy();
    const id = await begun(before);
    await page.evaluate(`location.hash = '#/deployment/${id}'`);
    await sees(`/^Waits for approval/.test(${heading})`);
    await page.evaluate("location.hash = '#/now'");
    await sees('/Waits for approval/.test(document.querySelector("main").innerText)', 1);
    await picture('now-waiting');
    await page.evaluate(`location.hash = '#/approval/${id}'`);
    await sees('document.querySelector(".findingcard")', 1);
    await picture('waits-for-approval', 'light');
    await page.locator('textarea').first().fill('nobody reads the old archive any more');
    const ticks = page.locator('input[type=checkbox]');
    const approve = page.getByRole('button', { name: /^Approve/ });
    const count = await ticks.count();
    expect(count).toBeGreaterThan(0);
    for (let tick = 0; tick < count; tick++) {
      expect(await approve.isDisabled()).toBe(true);
      await ticks.nth(tick).check();
    }
    await approve.click();
    await page.waitForSelector('dialog[open] form');
    await page.locator('dialog[open] button[type=submit]').click();
    await sees('/Approved/.test(document.querySelector("dialog[open]")?.textContent ?? "")', 1);
    await page.keyboard.press('Escape');
    await page.evaluate(`location.hash = '#/deployment/${id}'`);
    await sees(`/^Releasing/.test(${heading})`);
    await sees('/bake \\d+ s of/.test(document.querySelector("main").innerText)');
    await picture('releasing');
    await sees(`/^Succeeded/.test(${heading})`);
    expect(verdictOf(await ran).verdict).toBe('succeeded');
    expect(await page.evaluate('window.kept')).toBe(true);
  },
  12 * MINUTES,
);

test(
  'afterwards Now, History and Metrics tell of all three',
  async () => {
    await page.evaluate("location.hash = '#/now'");
    await sees('/Drop the number of the old archive/.test(document.querySelector("main").innerText)', 1);
    await page.evaluate("location.hash = '#/history'");
    await sees('document.querySelectorAll("#window [role=row]").length >= 4', 1);
    const text = await page.locator('main').innerText();
    for (const verdict of ['succeeded', 'rolled-back']) expect(text).toContain(verdict);
    await picture('history-afterwards');
    await page.evaluate("location.hash = '#/metrics/production/backend'");
    await sees('/Requests/.test(document.querySelector("main").innerText)', 1);
    await picture('metrics-afterwards');
    expect(heard).toEqual([]);
  },
  5 * MINUTES,
);
