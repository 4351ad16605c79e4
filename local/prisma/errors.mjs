// Prisma's error codes and sentences, where the WebAssembly engine leaves them out.
import { LOCK_TIMEOUT_MS, LockTimeout } from './connection.mjs';

/** Sentences that the engine writes when it cannot connect, and the codes that its native form gives them. */
const CONNECTION_CODES = [
  [/^Authentication failed against database server/, 'P1000'],
  [/^Can't reach database server/, 'P1001'],
  [/was reached but timed out/, 'P1002'],
  [/^Database `.*` does not exist/, 'P1003'],
  [/denied access on the database/, 'P1010'],
];

/**
 * @param {any} error What the engine threw.
 * @param {{ host: string, port: number } | undefined} at
 * @returns {{ code: string | undefined, message: string }}
 */
export function describe(error, at) {
  const code = error?.code;
  const message = String(error?.message ?? error).trimEnd();
  if (error instanceof LockTimeout || message.includes(LockTimeout.name)) return lockTimeout(at);
  if (typeof code === 'string' && /^P\d{4}$/.test(code)) return { code, message };
  const known = CONNECTION_CODES.find(([sentence]) => sentence.test(message));
  return { code: known?.[1], message };
}

export function lockTimeout(at) {
  const server = at ? `${at.host}:${at.port}` : 'the database server';
  return {
    code: 'P1002',
    message: `The database server at \`${server}\` was reached but timed out.

Please try again.

Please make sure your database server is running at \`${server}\`.

Context: Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock(72707369)). Elapsed: ${LOCK_TIMEOUT_MS}ms. See https://pris.ly/d/migrate-advisory-locking for details.`,
  };
}

/**
 * P3018, as the native engine reports a migration that failed: name, SQLSTATE, the server's sentence, and the lines
 * around the place.
 *
 * @param {string} migration
 * @param {{ error: any, statement: import('./statements.mjs').Statement, script: string }} failed
 */
export function migrationFailed(migration, { error, statement, script }) {
  const parts = [
    'A migration failed to apply. New migrations cannot be applied before the error is recovered from. Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve',
    `Migration name: ${migration}`,
    `Database error code: ${error.code ?? 'unknown'}`,
    `Database error:\nERROR: ${error.message}`,
  ];
  if (error.detail) parts.push(`DETAIL: ${error.detail}`);
  if (error.hint) parts.push(`HINT: ${error.hint}`);
  parts.push(`Position:\n${excerpt(script, placeOf(error, statement))}`);
  return { code: 'P3018', message: parts.join('\n\n') };
}

/** The server counts characters from 1 within the statement; without a position the statement's first line counts. */
function placeOf(error, statement) {
  const position = Number(error.position);
  if (position > 0) return statement.start + [...statement.text].slice(0, position - 1).join('').length;
  const lead = /^(?:\s+|--[^\n]*\n)*/.exec(statement.text)?.[0].length ?? 0;
  return statement.start + lead;
}

const LINES_BEFORE = 5;

function excerpt(script, offset) {
  const lines = script.split('\n');
  const line = script.slice(0, offset).split('\n').length;
  const first = Math.max(1, line - LINES_BEFORE);
  return lines
    .slice(first - 1, line)
    .map((text, index) => `${String(first + index).padStart(3)} ${text}`)
    .join('\n');
}
