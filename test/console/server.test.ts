/** The console's server, fed with prepared answers: whom it answers, what it refuses, and how it says so. */
import { type RequestOptions, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { ActionAnswer } from '../../console/model/actions.ts';
import type { Problem } from '../../console/model/parts.ts';
import { filesOf, readBundle } from '../../console/server/bundle.ts';
import { serve } from '../../console/server/http.ts';
import { LockstepError } from '../../core/errors.ts';
import { type FixtureSource, fixtureSource } from './fixtures/source.ts';

let served: Awaited<ReturnType<typeof serve>>;
let source: FixtureSource;
let token: string;
let origin: string;
beforeAll(async () => {
  const bundle = await readBundle();
  source = fixtureSource();
  served = await serve({ source, files: (given) => filesOf(bundle, given), port: 0 });
  origin = new URL(served.url).origin;
  token = /csrf-token" content="([^"]+)"/.exec(await (await fetch(served.url)).text())?.[1] ?? '';
});
afterAll(() => served.close());
beforeEach(() => source.done.splice(0));

const get = (path: string) => fetch(new URL(path, served.url));
const post = (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  fetch(new URL(path, served.url), {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { origin, 'x-csrf-token': token, 'content-type': 'application/json', ...headers },
  });
/** `fetch` sets its own Host; this sets any. */
const raw = (options: RequestOptions) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(served.url);
    request({ hostname, port, path: '/api/now', ...options }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });

const PATHS = [
  'now',
  'service/production/backend',
  'history?days=30',
  'metrics/production/backend?hours=3',
  'schedules',
  ...['', '/graph', '/timeline', '/logs', '/definition', '/approval', '/events'].map(
    (piece) => `deployment/7k2f${piece}`,
  ),
];

test.each(PATHS)('/api/%s answers as JSON', async (path) => {
  const answer = await get(`/api/${path}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(Object.keys((await answer.json()) as object)).not.toHaveLength(0);
});

test.each([
  '/api/nothing',
  '/api/deployment/7k2f/nothing',
  '/api/deployment/zzzz',
  '/nothing.js',
  '/api/service/production',
])('%s is told as not there, with what to do', async (path) => {
  const answer = await get(path);
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({
    part: expect.any(String),
    sentence: expect.stringContaining('no'),
    remedy: expect.any(String),
  });
});

test('a piece that cannot be read is told in its own name, and the others are there', async () => {
  source.fail('logs');
  const answer = await get('/api/deployment/7k2f/logs');
  expect(answer.status).toBe(502);
  expect(((await answer.json()) as Problem).part).toBe('logs');
  expect((await get('/api/deployment/7k2f')).status).toBe(200);
  source.fail();
});

test('an error of the table comes out with its sentence and its remedy', async () => {
  const now = source.now;
  source.now = () =>
    Promise.reject(new LockstepError('CredentialsExpired', { service: 'DynamoDB', detail: 'x' }));
  const answer = await get('/api/now');
  source.now = now;
  const { remedy } = new LockstepError('CredentialsExpired', { service: 'DynamoDB', detail: 'x' });
  expect(await answer.json()).toMatchObject({ part: 'now', remedy });
});

test('an error that nobody foresaw is told without its stack', async () => {
  const now = source.now;
  source.now = () => Promise.reject(new TypeError('x is undefined'));
  const text = await (await get('/api/now')).text();
  source.now = now;
  expect(text).toContain('x is undefined');
  expect(text).not.toMatch(/\bat .*\.ts/);
});

test('a foreign host name is refused, whatever it asks', async () => {
  const hosts = ['evil.example', `localhost:${new URL(served.url).port}`, '127.0.0.1'];
  for (const host of hosts) expect(await raw({ headers: { host } })).toBe(403);
});

test('a page of another site gets nothing, though its browser would send the request', async () => {
  expect(await raw({ headers: { 'sec-fetch-site': 'cross-site', host: new URL(served.url).host } })).toBe(
    403,
  );
  expect(await raw({ headers: { 'sec-fetch-site': 'same-origin', host: new URL(served.url).host } })).toBe(
    200,
  );
});

describe('an action', () => {
  const path = '/api/deployment/q3xd/cancel';
  const confirmed = { confirm: 'the-plan' };

  test.each([
    ['another origin', { origin: 'http://evil.example' }],
    ['no origin', { origin: '' }],
    ['no token', { 'x-csrf-token': '' }],
    ['a wrong token', { 'x-csrf-token': 'x'.repeat(32) }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['text', { 'content-type': 'text/plain' }],
  ])('from %s does nothing', async (_, headers) => {
    expect((await post(path, confirmed, headers)).status).toBe(403);
    expect(source.done).toEqual([]);
  });

  test('without a confirmation gives its plan, and does nothing', async () => {
    const answer = (await (await post(path)).json()) as ActionAnswer;
    expect(answer).toMatchObject({ state: 'plan', plan: { action: 'cancel', confirm: 'the-plan' } });
    expect(source.done).toEqual([]);
  });

  test('that is confirmed is done once', async () => {
    expect(await (await post(path, confirmed)).json()).toMatchObject({ state: 'done' });
    expect(source.done).toHaveLength(1);
  });

  test.each([
    ['approve', { ...confirmed, reason: 'x' }, 409],
    ['approve', { ...confirmed, reason: 'x', accept: ['downtime'] }, 409],
    ['approve', { ...confirmed, accept: ['everything'] }, 400],
    ['approve', { ...confirmed, reason: 'x', accept: ['downtime', 'no-rollback'] }, 200],
    ['reject', { ...confirmed, reason: 'y'.repeat(501) }, 400],
    ['delete', confirmed, 404],
  ])('%s with %j is answered with %i', async (action, body, status) => {
    expect((await post(`/api/deployment/q3xd/${action}`, body)).status).toBe(status);
    expect(source.done).toHaveLength(status === 200 ? 1 : 0);
  });

  test('that is no JSON, or too long, is refused', async () => {
    expect((await post(path, '{"confirm":')).status).toBe(400);
    expect((await post(path, { reason: 'x'.repeat(20_000) })).status).toBe(413);
  });

  test('is a POST: nothing else changes anything', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH'])
      expect((await fetch(new URL(path, served.url), { method })).status).toBe(405);
    expect((await get(path)).status).toBe(404);
    expect(source.done).toEqual([]);
  });
});

test('live events come as they are told, until the page goes', async () => {
  const gone = new AbortController();
  const answer = await fetch(new URL('/api/events?deployment=7k2f', served.url), { signal: gone.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('"changed"')) {
    text += (await reader?.read())?.value ?? '';
    if (text.includes('"deployment"')) source.tell({ type: 'changed', id: '7k2f' });
  }
  expect(text).toMatch(/event: live\ndata: \{"type":"read"/);
  gone.abort();
});

test('the page may load its own files and nothing else', async () => {
  const page = await fetch(served.url);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  const html = await page.text();
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=/);
  for (const path of ['/console.js', '/console.css'])
    expect(await (await get(path)).text()).not.toMatch(/url\(["']?https?:|@import/);
});

test('its script is at most 150 KB gzipped', async () => {
  expect(gzipSync(await (await get('/console.js')).text()).length).toBeLessThan(150_000);
});
