import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '../src/app.ts';
import type { Database } from '../src/database.ts';
import type { Fields } from '../src/log.ts';

/** A database of three functions: the routes' own logic needs no PostgreSQL. */
function appWith(tables: Readonly<Record<string, Readonly<Record<string, (query: never) => unknown>>>>) {
  const lifecycle = { leaving: false };
  const lines: Fields[] = [];
  const app = createApp({
    database: tables as unknown as Database,
    lifecycle,
    log: (level, message, fields) => void lines.push({ level, message, ...fields }),
    statusToken: 'secret',
    commit: 'a1b2c3d',
  });
  return { app, lifecycle, lines };
}

const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

test('health needs no database', async () => {
  const answer = await appWith({}).app.request('/api/health');
  assert.equal(answer.status, 200);
  const body = (await answer.json()) as Record<string, string>;
  assert.equal(body['status'], 'healthy');
  assert.ok(Date.parse(body['timestamp'] ?? '') > 0);
});

test('a service that is leaving says so and lets go of its connections', async () => {
  const { app, lifecycle } = appWith({});
  lifecycle.leaving = true;
  const answer = await app.request('/api/health');
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('Connection'), 'close');
  assert.equal(((await answer.json()) as Record<string, string>)['reason'], 'shutting down');
});

test('status wants the token and tells the counts', async () => {
  const { app } = appWith({ user: { count: () => 3 }, document: { count: () => 4 } });
  assert.equal((await app.request('/api/status')).status, 401);
  assert.equal(
    (await app.request('/api/status', { headers: { Authorization: 'Bearer wrong' } })).status,
    401,
  );
  const answer = await app.request('/api/status', { headers: { Authorization: 'Bearer secret' } });
  const body = (await answer.json()) as Record<string, unknown>;
  assert.deepEqual(body['counts'], { users: 3, documents: 4 });
  assert.equal(body['commit'], 'a1b2c3d');
});

test('status says that the database is out of reach', async () => {
  const count = () => {
    throw new Error("Can't reach database server");
  };
  const { app } = appWith({ user: { count }, document: { count } });
  const answer = await app.request('/api/status', { headers: { Authorization: 'Bearer secret' } });
  assert.equal(answer.status, 503);
  const body = (await answer.json()) as { database: { reachable: boolean } };
  assert.equal(body.database.reachable, false);
});

test('a document without a title is refused with the reason', async () => {
  const answer = await appWith({}).app.request('/api/documents', post({ ownerId: 1, body: 'x' }));
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /\\"title\\" must be a text/);
});

test('what breaks is logged with its stack and told without it', async () => {
  const findMany = () => {
    throw new Error('secret detail');
  };
  const { app, lines } = appWith({ user: { findMany } });
  const answer = await app.request('/api/users');
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /secret detail/);
  assert.ok(lines.some((line) => line['level'] === 'error' && /app\.test\.ts/.test(String(line['stack']))));
});
