import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from '../src/settings.ts';

test('all that is missing is named at once', () => {
  assert.throws(() => readSettings({}), /DATABASE_URL is missing[\s\S]*STATUS_TOKEN is missing/);
});

test('a port that is no port is refused with what was given', () => {
  const environment = { DATABASE_URL: 'postgresql://db/x', STATUS_TOKEN: 't', PORT: 'http' };
  assert.throws(() => readSettings(environment), /PORT is "http"; it must be a whole number/);
});

test('the defaults are those of the Dockerfile', () => {
  const settings = readSettings({ DATABASE_URL: 'postgresql://db/x', STATUS_TOKEN: 't' });
  assert.equal(settings.port, 4000);
  assert.equal(settings.commit, 'unknown');
});
