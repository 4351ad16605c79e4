/** How quick the console is: its first paint beside the embedded endpoint, what it weighs, and a list of a thousand rows. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Browser } from 'playwright-core';
import { documentClient } from '../aws/journal.ts';
import { awsSource } from '../console/server/aws-source.ts';
import { filesOf, readBundle } from '../console/server/bundle.ts';
import { serve } from '../console/server/http.ts';
import { openPlace } from '../console/server/place.ts';
import { parseEnvironment } from '../core/environment.ts';
import { quantile } from '../core/expectation.ts';
import type { JournalEntry } from '../core/journal.ts';
import { DEPLOYMENTS_BY_ID, deploymentsTableName, locksTableName } from '../core/names.ts';
import { createWorld } from '../local/world.ts';
import { openBrowser, until } from '../test/console/browser.ts';
import type { Row } from './row.ts';

const ENVIRONMENT = 'bench';
const ENTRIES = 1_000;
const RUNS = 9;
/** The newest ones, which are read first. */
const WITH_EVIDENCE = 50;
const FRAMES = 60;
const SCRIPT_KB = 150;
const PAINT_MS = 1_000;
/** Thirty a second: what takes longer is seen to stop. */
const FRAME_MS = 33;

export async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const world = await createWorld({ folder: join(folder, 'world') });
  const browser = await openBrowser();
  try {
    const options = {
      region: world.region,
      endpoint: world.endpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    await fill(options);
    const environment = environmentOf(world.region);
    const places = [
      openPlace({ environmentName: ENVIRONMENT, environment, account: '000000000000', options }),
    ];
    const bundle = await readBundle();
    const served = await serve({
      source: awsSource({ places, interval: 1_000, requester: 'bench' }),
      files: (token) => filesOf(bundle, token),
      port: 0,
    });
    const rows = [
      await firstPaint(browser, served.url),
      weight(bundle.script),
      await scrolling(browser, served.url),
    ];
    await served.close();
    return rows;
  } finally {
    await browser.close();
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function environmentOf(region: string) {
  const read = parseEnvironment({
    deployment: { imageTagStrategy: 'mutable', autoScale: false, minTasks: 1, maxTasks: 1 },
    resources: { cpu: 256, memory: 512 },
    aws: { region },
    services: { backend: { cluster: 'none', port: 4000 } },
  });
  if ('environment' in read) return read.environment;
  throw new Error(JSON.stringify(read.problems));
}

/** A journal as the embedded AWS wrote it once, a thousand times over, half an hour apart. */
async function fill(options: ConstructorParameters<typeof DynamoDBClient>[0] & object): Promise<void> {
  const client = new DynamoDBClient(options);
  const keys = (hash: string, range?: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    ...(range ? [{ AttributeName: range, KeyType: 'RANGE' as const }] : []),
  ];
  const strings = (...names: string[]) =>
    names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }));
  await client.send(
    new CreateTableCommand({
      TableName: deploymentsTableName(ENVIRONMENT),
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: strings('target', 'startedAt', 'deploymentId'),
      KeySchema: keys('target', 'startedAt'),
      GlobalSecondaryIndexes: [
        {
          IndexName: DEPLOYMENTS_BY_ID,
          KeySchema: keys('deploymentId'),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: locksTableName(ENVIRONMENT),
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: strings('lockId'),
      KeySchema: keys('lockId'),
    }),
  );
  const path = join(import.meta.dirname, '../test/console/data/rolled-back.json');
  const { entries } = JSON.parse(readFileSync(path, 'utf8')) as { entries: JournalEntry[] };
  // A list is read without the evidence; with it a thousand times, filling the table would take longer than all the rest.
  const bare = entries.map((entry) => ({
    ...entry,
    steps: Object.fromEntries(
      Object.entries(entry.steps).map(([step, { work: _, failure: __, ...record }]) => [step, record]),
    ),
  }));
  const many = Array.from({ length: ENTRIES }, (_, index) => {
    const from = index < WITH_EVIDENCE ? entries : bare;
    return aged(from[index % from.length], index);
  });
  await write(documentClient(client), many);
  client.destroy();
}

function aged(entry: JournalEntry | undefined, index: number): JournalEntry {
  if (!entry) throw new Error('the recorded journal is empty');
  const by = Date.now() - Date.parse(entry.startedAt) - (index + 1) * 1_800_000;
  const later = (text: string) => new Date(Date.parse(text) + by).toISOString();
  const moved = JSON.parse(
    JSON.stringify(entry).replace(/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (text) => later(text)),
  ) as JournalEntry;
  return {
    ...moved,
    target: `backend/${ENVIRONMENT}`,
    environment: ENVIRONMENT,
    deploymentId: index.toString(16).padStart(8, '0'),
  };
}

async function write(document: DynamoDBDocumentClient, entries: readonly JournalEntry[]): Promise<void> {
  const TableName = deploymentsTableName(ENVIRONMENT);
  for (let from = 0; from < entries.length; from += 25) {
    const Item = entries.slice(from, from + 25).map((entry) => ({ PutRequest: { Item: { ...entry } } }));
    await document.send(new BatchWriteCommand({ RequestItems: { [TableName]: Item } }));
  }
}

/** From the address being opened to the first row of what runs being drawn; the first run has nothing in any cache. */
async function firstPaint(browser: Browser, url: string): Promise<Row> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript(`addEventListener('DOMContentLoaded', () => new MutationObserver((_, seen) => {
      if (!document.querySelector('main [data-row]')) return;
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(() => { window.drawn = performance.now(); }));
    }).observe(document.body, { childList: true, subtree: true }))`);
    await page.goto(url);
    await until(page, 'window.drawn');
    times.push(Number(await page.evaluate('window.drawn')));
    await page.close();
  }
  const value = quantile(times, 0.5);
  return {
    what: 'console: Now drawn, with its first row',
    value,
    unit: 'ms',
    against: `embedded endpoint, ${ENTRIES.toLocaleString('en-US')} deployments; slowest of ${RUNS} runs ${Math.max(...times).toFixed(0)} ms`,
    goal: `<= ${PAINT_MS.toLocaleString('en-US')}`,
    reached: value <= PAINT_MS,
  };
}

function weight(script: string): Row {
  const value = gzipSync(script, { level: 9 }).length / 1000;
  return {
    what: 'console: script of the page',
    value,
    unit: 'KB gzipped',
    against: `${(script.length / 1000).toFixed(0)} KB plain`,
    goal: `<= ${SCRIPT_KB}`,
    reached: value <= SCRIPT_KB,
  };
}

/** In processor time of the page's own thread: what else runs on this machine does not make a list slow. */
async function scrolling(browser: Browser, url: string): Promise<Row> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const tools = await page.context().newCDPSession(page);
  await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(`${url}#/history`);
  await until(page, 'document.querySelectorAll("#window [role=row]").length > 20');
  const scroll = () =>
    page.evaluate(`new Promise((done) => {
      let frames = 0;
      const frame = () => {
        scrollBy(0, 200);
        if (++frames < ${FRAMES}) requestAnimationFrame(frame); else done();
      };
      requestAnimationFrame(frame);
    })`);
  const spent = async () => {
    const { metrics } = await tools.send('Performance.getMetrics');
    return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  };
  await scroll();
  const before = await spent();
  await scroll();
  const value = ((await spent()) - before) / FRAMES;
  await page.close();
  return {
    what: 'console: a frame of scrolling through 1,000 deployments',
    value,
    unit: 'ms of processor',
    against: `${FRAMES} frames, 200 px each`,
    goal: `<= ${FRAME_MS}`,
    reached: value <= FRAME_MS,
  };
}
