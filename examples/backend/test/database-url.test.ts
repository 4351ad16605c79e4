import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseUrl } from '../src/database-url.ts';

test('DATABASE_URL wins over the parts', () => {
  const url = databaseUrl({ DATABASE_URL: 'postgresql://a:b@db:5433/x', DATABASE_HOST: 'other' });
  assert.equal(url, 'postgresql://a:b@db:5433/x');
});

test('the parts of an RDS secret make a URL, whatever the password holds', () => {
  const url = databaseUrl({
    DATABASE_HOST: 'db.internal',
    DATABASE_PORT: '5433',
    DATABASE_NAME: 'shop',
    DATABASE_USERNAME: 'backend',
    DATABASE_PASSWORD: 'a/b:c@d#e%',
  });
  assert.ok(url);
  const parsed = new URL(url);
  assert.equal(parsed.host, 'db.internal:5433');
  assert.equal(parsed.pathname, '/shop');
  assert.equal(decodeURIComponent(parsed.password), 'a/b:c@d#e%');
  assert.equal(parsed.searchParams.get('sslmode'), 'require');
});

test('PGOPTIONS reaches the URL, next to what it already asks for', () => {
  const url = databaseUrl({
    DATABASE_URL: 'postgresql://db/x?sslmode=require',
    PGOPTIONS: '-c lock_timeout=5s',
  });
  assert.equal(url, 'postgresql://db/x?sslmode=require&options=-c%20lock_timeout%3D5s');
});

test('without either there is no URL', () => {
  assert.equal(databaseUrl({}), undefined);
});
