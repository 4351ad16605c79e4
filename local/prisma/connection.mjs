// How the engine reaches PostgreSQL: one session, so that the advisory lock, `SET` and a transaction of the user's
// hold for all that follows; scripts split as Prisma's own engine splits them.
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { splitStatements } from './statements.mjs';

const require = createRequire(import.meta.url);
const { PrismaPg } = require('@prisma/adapter-pg');
const { ColumnTypeEnum } = require('@prisma/driver-adapter-utils');

/** Prisma's own limits. */
const CONNECT_TIMEOUT_S = 5;
export const LOCK_TIMEOUT_MS = 10_000;
const ADVISORY_LOCK = 'SELECT pg_advisory_lock(72707369)';

/** The catalogue's type "char", which the adapter refuses, and text, as which it may pass. */
const INTERNAL_CHAR = 18;
const TEXT = 25;

/** The advisory lock was not to be had in time; becomes P1002. */
export class LockTimeout extends Error {}

/**
 * A connection string of Prisma's as the options of `pg`. The string itself is not handed on: `pg` lets it win over
 * every other option, so that the shadow database would be the real one.
 *
 * @param {string} text
 * @param {NodeJS.ProcessEnv} environment Gives PGOPTIONS, where the string has no `options`.
 */
export function parseUrl(text, environment) {
  const url = new URL(text);
  if (!/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Error(`The datasource is ${url.protocol}//…; here only postgresql:// is supported.`);
  }
  const parameter = (name) => url.searchParams.get(name) ?? undefined;
  return {
    host: decodeURIComponent(url.hostname) || parameter('host') || 'localhost',
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
    options: parameter('options') ?? environment['PGOPTIONS'],
    ssl: ssl(parameter('sslmode')),
    schema: parameter('schema'),
    connectTimeoutMs: Number(parameter('connect_timeout') ?? CONNECT_TIMEOUT_S) * 1000,
  };
}

/** `require` does not look at the certificate, as libpq and Prisma have it; `verify-*` does. */
function ssl(mode) {
  if (mode === undefined || mode === 'disable' || mode === 'allow' || mode === 'prefer') return undefined;
  return { rejectUnauthorized: mode.startsWith('verify') };
}

/**
 * The factory that the engine asks for connections.
 *
 * @param {ReturnType<typeof parseUrl>} at
 * @param {ReturnType<typeof parseUrl> | undefined} shadow An own shadow database, where the user has one.
 * @param {{ failed?: { error: any, statement: import('./statements.mjs').Statement, script: string } }} memory What
 *   failed last: the error as PostgreSQL gave it, for the message that the engine's own would leave out.
 */
export function adapterFactory(at, shadow, memory) {
  const factory = factoryOf(at);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => withScripts(await factory.connect(), memory),
    connectToShadowDb: async () =>
      withScripts(await (shadow ? factoryOf(shadow).connect() : temporaryDatabase(at, factory)), memory),
  };
}

/** The adapter's own drops its shadow database while it is still connected to it, which PostgreSQL refuses. */
async function temporaryDatabase(at, factory) {
  const database = `prisma_migrate_shadow_db_${randomUUID()}`;
  const main = await factory.connect();
  await main.underlyingDriver().query(`CREATE DATABASE "${database}"`);
  const adapter = await factoryOf({ ...at, database }).connect();
  adapter.dispose = async () => {
    await adapter.underlyingDriver().end();
    await main.underlyingDriver().query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
    await main.dispose();
  };
  return adapter;
}

function factoryOf({ schema, connectTimeoutMs, ...place }) {
  return new PrismaPg(
    {
      ...place,
      max: 1,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: 'prisma_migrate',
    },
    schema === undefined ? undefined : { schema },
  );
}

function withScripts(adapter, memory) {
  const pool = adapter.underlyingDriver();
  const executeRaw = adapter.executeRaw.bind(adapter);
  adapter.executeScript = async (script) => {
    for (const statement of splitStatements(script)) {
      try {
        await pool.query(statement.text);
      } catch (error) {
        memory.failed = { error, statement, script };
        // A transaction that the script opened is aborted now, and the engine still has to write down the failure.
        await pool.query('ROLLBACK').catch(() => {});
        adapter.onError(error);
      }
    }
  };
  adapter.executeRaw = (query) =>
    query.sql.startsWith(ADVISORY_LOCK) ? inTime(executeRaw(query), memory) : executeRaw(query);
  withInternalChar(adapter, memory);
  return adapter;
}

/** Introspection reads catalogue columns of the type "char". */
function withInternalChar(adapter, memory) {
  const queryRaw = adapter.queryRaw.bind(adapter);
  const performIO = adapter.performIO.bind(adapter);
  adapter.queryRaw = async (query) => {
    const characters = [];
    const io = async (...args) => {
      const result = await performIO(...args);
      for (const [index, field] of result.fields.entries()) {
        if (field.dataTypeID !== INTERNAL_CHAR) continue;
        field.dataTypeID = TEXT;
        characters.push(index);
      }
      return result;
    };
    // The engine waits for each answer, so nothing else passes through meanwhile.
    adapter.performIO = io;
    const answer = await queryRaw(memory.rewrite?.(query) ?? query);
    for (const index of characters) answer.columnTypes[index] = ColumnTypeEnum.Character;
    return answer;
  };
}

/**
 * @param {Promise<unknown>} work
 * @param {{ timedOut: boolean }} memory
 */
function inTime(work, memory) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      memory.timedOut = true;
      reject(new LockTimeout());
    }, LOCK_TIMEOUT_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
