// What Prisma's command line expects of the executable that PRISMA_SCHEMA_ENGINE_BINARY names: JSON-RPC, a line a
// message, on standard input and output; or one `cli` command. Behind it is Prisma's own engine from npm, as
// WebAssembly. No type annotations: tasks may run it under whatever Node the user's image asks for, from 20 on.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { adapterFactory, LockTimeout, parseUrl } from './connection.mjs';
import { describe, lockTimeout, migrationFailed } from './errors.mjs';
import { loadEngine } from './wasm.mjs';

const require = createRequire(import.meta.url);

/** RPC methods that the WebAssembly engine has under another name. */
const RENAMED = { getDatabaseVersion: 'version' };
const METHODS = new Set([
  'applyMigrations',
  'createMigration',
  'dbExecute',
  'debugPanic',
  'devDiagnostic',
  'diagnoseMigrationHistory',
  'diff',
  'ensureConnectionValidity',
  'evaluateDataLoss',
  'introspect',
  'introspectSql',
  'markMigrationApplied',
  'markMigrationRolledBack',
  'reset',
  'schemaPush',
  'version',
]);
const RECORDS_FAILURE = /^UPDATE "_prisma_migrations" SET "logs" = \$1/;

/** @param {readonly string[]} args */
export async function main(args) {
  const options = parseArguments(args);
  if (options.version) {
    const { version } = await loadEngine();
    process.stdout.write(`schema-engine-cli ${version()}\n`);
    return;
  }
  report('INFO', { message: `Starting schema engine ${options.command ? 'CLI' : 'RPC server'}` });
  if (options.command) await runCommand(options);
  else await serve(options);
}

function parseArguments(args) {
  const options = { datamodels: [], datasource: undefined, command: undefined, version: false };
  for (let at = 0; at < args.length; at++) {
    const argument = args[at];
    if (argument === '--version' || argument === '-V') options.version = true;
    else if (argument === '--datamodels' || argument === '-d') options.datamodels.push(args[++at]);
    else if (argument === '--datasource') options.datasource = JSON.parse(args[++at]);
    else if (argument === 'cli') options.command = args[++at];
    // Neither changes what PostgreSQL is asked to do.
    else if (argument === '--enabled-preview-features' || argument === '--extension-types') at++;
    else throw new Error(`the schema engine does not know the argument ${argument}`);
  }
  return options;
}

/** The native engine's log line; Prisma's command line reads the code and the sentence of an ERROR from it. */
function report(level, fields) {
  const line = { timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

async function runCommand({ command, datasource }) {
  const at = parseUrl(datasource.url, process.env);
  try {
    if (command === 'can-connect-to-database') await withClient(at, at.database, async () => {});
    else if (command === 'create-database') await createDatabase(at);
    else if (command === 'drop-database') {
      await withClient(at, 'postgres', (client) =>
        client.query(`DROP DATABASE IF EXISTS ${quoted(at.database)}`),
      );
    } else throw new Error(`the schema engine does not know the command ${command}`);
  } catch (error) {
    const { code, message } = describe(await asPrisma(error, at), at);
    report('ERROR', { message, is_panic: false, error_code: code ?? 'P1011' });
    process.exitCode = 1;
  }
}

/** Sentences are the engine's own wherever it has one: these are the four that come before there is an engine. */
async function asPrisma(error, at) {
  const server = `${at.host}:${at.port}`;
  if (error.code === '28P01' || error.code === '28000') {
    return new Error(
      `Authentication failed against database server, the provided database credentials for \`${at.user}\` are not valid.\n\nPlease make sure to provide valid database credentials for the database server at the configured address.`,
    );
  }
  if (error.code === '3D000') return new Error(`Database \`${at.database}\` does not exist`);
  if (error.code === '42501') return new Error(`User was denied access on the database \`${at.database}\``);
  if (/^E[A-Z]+$/.test(error.code ?? '') || /timeout/i.test(error.message)) {
    return new Error(
      `Can't reach database server at \`${server}\`\n\nPlease make sure your database server is running at \`${server}\`.`,
    );
  }
  return error;
}

async function withClient({ schema: _, connectTimeoutMs, ...place }, database, use) {
  const { Client } = require('pg');
  const client = new Client({ ...place, database, connectionTimeoutMillis: connectTimeoutMs });
  // A server that closes the connection while we are leaving is none of the user's business.
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function createDatabase(at) {
  await withClient(at, 'postgres', async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [at.database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${quoted(at.database)}`);
  });
  if (at.schema) {
    await withClient(at, at.database, (client) =>
      client.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(at.schema)}`),
    );
  }
}

function quoted(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Answers requests in the order in which they come, until standard input ends. */
async function serve(options) {
  const session = createSession(options);
  const waiting = new Map();
  const queue = [];
  let running = Promise.resolve();
  const print = (content) =>
    new Promise((resolve) => {
      const id = `print-${waiting.size + 1}-${Date.now()}`;
      waiting.set(id, resolve);
      send({ jsonrpc: '2.0', id, method: 'print', params: { content } });
    });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const message = JSON.parse(line);
    if (message.method === undefined) {
      waiting.get(message.id)?.();
      waiting.delete(message.id);
      continue;
    }
    queue.push(message);
    running = running.then(() => answer(session, queue.shift(), print));
  }
  await session.end();
}

function send(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function answer(session, { id, method, params }, print) {
  try {
    const result = await session.call(method, params);
    // The native engine prints the script of a diff itself, through the command line.
    if (method === 'diff' && result.stdout) await print(result.stdout.trimEnd());
    send({ jsonrpc: '2.0', id, result: result ?? null });
  } catch (error) {
    const { code, message } = session.explain(error);
    send({
      jsonrpc: '2.0',
      id,
      error: {
        code: 4466,
        message: 'An error happened. Check the data field for details.',
        data: { is_panic: false, message, ...(code === undefined ? {} : { error_code: code }) },
      },
    });
  }
}

function createSession({ datamodels, datasource }) {
  const at = datasource?.url ? parseUrl(datasource.url, process.env) : undefined;
  const shadow = datasource?.shadowDatabaseUrl ? parseUrl(datasource.shadowDatabaseUrl, {}) : undefined;
  const memory = { failed: undefined, timedOut: false, migration: undefined, rewrite: undefined };
  let engine;

  // What `_prisma_migrations.logs` keeps must be what it keeps on AWS: the message with the code and the place.
  memory.rewrite = (query) => {
    if (/^INSERT INTO "_prisma_migrations"/.test(query.sql)) memory.migration = query.args[3];
    if (!memory.failed || !RECORDS_FAILURE.test(query.sql)) return query;
    const { message } = migrationFailed(memory.migration, memory.failed);
    return { ...query, args: [message, ...query.args.slice(1)] };
  };

  async function open() {
    if (!at)
      throw new Error(
        'The datasource.url property is required in your Prisma config file when using this command.',
      );
    const { SchemaEngine } = await loadEngine();
    const { bindMigrationAwareSqlAdapterFactory } = require('@prisma/driver-adapter-utils');
    const files = await Promise.all(datamodels.map(async (path) => [path, await readFile(path, 'utf8')]));
    const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(at, shadow, memory));
    return SchemaEngine.new({ datamodels: files.length > 0 ? files : undefined }, () => {}, factory);
  }

  return {
    async call(method, params) {
      if (method === 'createDatabase') {
        const url = params?.datasource?.url ?? datasource?.url;
        const place = parseUrl(url, process.env);
        await createDatabase(place);
        return { databaseName: place.database };
      }
      const name = RENAMED[method] ?? method;
      if (!METHODS.has(name)) throw new Error(`The schema engine does not know the method ${method}.`);
      memory.failed = undefined;
      engine ??= await open();
      const result = await engine[name](params ?? null);
      return result;
    },
    explain(error) {
      if (error instanceof LockTimeout || memory.timedOut) return lockTimeout(at);
      const described = describe(error, at);
      if (described.code === undefined && memory.failed && memory.migration) {
        return migrationFailed(memory.migration, memory.failed);
      }
      return described;
    },
    end: async () => {
      engine?.free();
    },
  };
}
