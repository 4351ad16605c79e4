/**
 * Knows common failures by the lines that they leave: the guide's troubleshooting cases, as a table. A pattern is
 * matched against the last lines of a log; the first entry that fits names the error.
 */
import type { ErrorData, ErrorName } from './errors.ts';

interface Case {
  readonly error: ErrorName;
  readonly pattern: RegExp;
  data(match: RegExpExecArray): ErrorData;
}

const CRASHES: readonly Case[] = [
  {
    error: 'PortInUse',
    pattern: /EADDRINUSE\D*(?:[\d.:]*:)?(\d+)/,
    data: (match) => ({ port: match[1] ?? '' }),
  },
  {
    error: 'VariableMissing',
    // The ways in which Node programs, zod, envalid, dotenv-safe and Prisma say it.
    pattern:
      /(?:(?:missing|required)\b[^\n]{0,60}?\b(?:environment variable|env(?:ironment)?|variable)s?\b[^A-Z\n]{0,20}|environment variable(?: not found)?:?\s*["'`]?)([A-Z][A-Z0-9_]{2,})|\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b["'`]?(?: environment variable)? (?:is (?:not set|missing|required|undefined)|must be set|not set)/i,
    data: (match) => ({ variable: match[1] ?? match[2] ?? '' }),
  },
  {
    error: 'DatabaseDemandsTls',
    // 28000, where pg_hba.conf has nothing but `hostssl` for it: `rds.force_ssl`.
    pattern: /(no pg_hba\.conf entry for host [^\n]*, no encryption)/,
    data: (match) => ({ detail: match[1] ?? '' }),
  },
  {
    error: 'DatabaseDenied',
    // Prisma's P1000 and P1010, and PostgreSQL's own words (28P01, 28000, 3D000).
    pattern:
      /(P10(?:00|10):[^\n]*|User was denied access on the database[^\n"\\]*|password authentication failed for user[^\n]*|database "[^"\n]*" does not exist)/i,
    data: (match) => ({ detail: (match[1] ?? '').trim() }),
  },
  {
    error: 'DatabaseUnreachable',
    // Prisma, a pool whose connections are never answered (a closed security group drops them), and the system itself.
    pattern:
      /(P100[12][^\n]*|Can't reach database server[^\n]*|Connection terminated due to connection timeout[^\n]*|(?:ECONNREFUSED|ETIMEDOUT|ENOTFOUND)[^\n]*\b(?:5432|postgres|rds)[^\n]*)/i,
    data: (match) => ({ detail: (match[1] ?? '').trim() }),
  },
  {
    error: 'PoolExhausted',
    // Prisma's pool, pg's pool, and PostgreSQL itself (53300). Last: where no connection is ever made, a pool is full of waiters too.
    pattern:
      /((?:P2024|Timed out fetching a new connection from the (?:connection )?pool|timeout exceeded when trying to connect|remaining connection slots are reserved|sorry, too many clients already)[^\n]*)/i,
    data: (match) => ({ detail: (match[1] ?? '').trim() }),
  },
];

export function recogniseCrash(log: readonly string[]): { error: ErrorName; data: ErrorData } | undefined {
  const text = log.join('\n');
  for (const entry of CRASHES) {
    const match = entry.pattern.exec(text);
    if (match) return { error: entry.error, data: entry.data(match) };
  }
  return undefined;
}

/** `src/main.ts(12,5): error TS2322: …` or `src/main.ts:12:5 - error TS2322: …`: the first type error of a build log. */
export function recogniseTypeError(log: readonly string[]): { place: string; message: string } | undefined {
  for (const line of log) {
    const match = /([\w./@-]+\.[cm]?tsx?)[(:](\d+)[,:](\d+)\)?\s*(?::|-)\s*error\s+(TS\d+: .*)$/.exec(line);
    if (match) return { place: `${match[1]}:${match[2]}:${match[3]}`, message: match[4] ?? '' };
  }
  return undefined;
}

/** Prisma's error code in the output of `prisma migrate deploy`, for example P3018. */
export function recognisePrismaCode(log: readonly string[]): string | undefined {
  return /\b(P[1-6]\d{3})\b/.exec(log.join('\n'))?.[1];
}

/** PostgreSQL's SQLSTATE in the same output, for example 55P03. */
export function recogniseSqlState(log: readonly string[]): string | undefined {
  return /(?:Database error code|SqlState|code):\s*\(?"?([0-9A-Z]{5})\b/.exec(log.join('\n'))?.[1];
}
