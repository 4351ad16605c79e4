/**
 * Fuzzes the judge with generated, mutated and hostile migration files:
 *   node scripts/fuzz-judge.ts [COUNT=20000] [--seed N] [--rehearse-every N=40]
 * Holds that it never throws, never hangs, and never calls a file fine whose rehearsal failed. A failure prints the file and the seed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgementSchema, migrationPolicySchema } from '../core/migrations.ts';
import { closeRehearsal, judge } from '../judge/index.ts';
import { shop } from '../judge/rules/cases.ts';

const folder = join(import.meta.dirname, '../judge/rules');
const policy = migrationPolicySchema.parse({});

/** Mulberry32: the same seed gives the same files everywhere. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** Statements of every rule's cases: the ground from which files are made. */
const corpus = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.cases.sql'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '' && !line.startsWith('-- '));

/** What somebody writes who means ill, or whose generator went wrong. The ones that run for ever are few: each costs its time limit. */
export const hostile: readonly string[] = [
  `SELECT ${'('.repeat(150)}1${')'.repeat(150)};`,
  `SELECT ${'1+'.repeat(20_000)}1;`,
  `SELECT ${'NOT '.repeat(5_000)}true;`,
  `SELECT ${"'a' || ".repeat(5_000)}'b';`,
  `${'SELECT 1 UNION '.repeat(2_000)}SELECT 1;`,
  `CREATE TABLE wide (${Array.from({ length: 1_700 }, (_, index) => `c${index} int`).join(', ')});`,
  `ALTER TABLE orders ${Array.from({ length: 500 }, (_, index) => `ADD COLUMN n${index} int`).join(', ')};`,
  `SELECT '${'x'.repeat(1_000_000)}';`,
  `SELECT 1${'; '.repeat(10_000)}`,
  "COPY orders FROM PROGRAM 'touch /tmp/lockstep-pwned';",
  "COPY (SELECT 1) TO PROGRAM 'touch /tmp/lockstep-pwned';",
  "COPY orders FROM '/etc/passwd';",
  "SELECT lo_import('/etc/passwd');",
  "SELECT * FROM dblink('host=example.org', 'SELECT 1') AS t(x int);",
  "DO $$ BEGIN EXECUTE 'COPY orders TO PROGRAM ''touch /tmp/lockstep-pwned'''; END $$;",
  "CREATE FUNCTION evil() RETURNS int LANGUAGE c AS '/lib/libc.so.6', 'system';",
  "LOAD 'evil';",
  'SET session_authorization = nobody;',
  'DROP SCHEMA public CASCADE;',
  "UPDATE pg_class SET relname = 'x';",
  'CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION suppress_redundant_updates_trigger();',
  '\u0000',
  '\ufeffSELECT 1;',
  '\\! rm -rf /',
  "SELECT E'\\xff';",
  'SELECT $a$ $b$ $a$ $b$;',
  '-- lockstep:allow * reason="all"\nDROP TABLE orders;',
  '-- lockstep:allow dropping-table reason=""\nDROP TABLE orders;',
  'CREATE VIEW v AS SELECT * FROM v;',
  'CREATE TABLE a (LIKE a);',
  'ALTER TABLE orders INHERIT orders;',
  'ALTER TABLE orders RENAME TO orders;',
  'CREATE TABLE orders PARTITION OF orders DEFAULT;',
  'ALTER TABLE "__proto__" ADD COLUMN "constructor" int NOT NULL;',
  'CREATE TYPE "toString" AS ENUM (\'hasOwnProperty\'); ALTER TYPE "toString" ADD VALUE \'__proto__\';',
];

/** These end only because the rehearsal ends them. */
export const endless: readonly string[] = [
  'CREATE TABLE big AS SELECT * FROM generate_series(1, 1000000000000);',
  'DO $$ BEGIN LOOP END LOOP; END $$;',
  'CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN f(n + 1); END $$; SELECT f(1);',
  "SELECT repeat('x', 1000000000);",
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r;',
];

export function file(next: () => number, lines: readonly string[]): string {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
  if (next() < 0.04) return pick(hostile);
  let sql = Array.from({ length: 1 + Math.floor(next() * 4) }, () => pick(lines)).join('\n');
  const mutations = Math.floor(next() * 4);
  for (let count = 0; count < mutations; count += 1) {
    const at = Math.floor(next() * sql.length);
    const to = Math.min(sql.length, at + Math.floor(next() * 12));
    const kind = next();
    if (kind < 0.2) sql = sql.slice(0, at) + sql.slice(to);
    else if (kind < 0.4)
      sql =
        sql.slice(0, at) +
        pick([
          '(',
          ')',
          "'",
          '"',
          ';',
          '$$',
          '/*',
          '--',
          '\\',
          ',',
          ' NOT NULL ',
          ' CASCADE ',
          '\u{1f600}',
          '\u0000',
          '::',
          '\r\n',
          ' CONCURRENTLY ',
        ]) +
        sql.slice(at);
    else if (kind < 0.6) sql = sql.slice(0, to) + sql.slice(at, to) + sql.slice(to);
    else if (kind < 0.8) {
      const words = sql.split(/(\s+)/);
      words[Math.floor(next() * words.length)] = pick([
        'TABLE',
        'COLUMN',
        'orders',
        'customers',
        'int',
        'text',
        'NULL',
        'DEFAULT',
        '1',
        "'x'",
        'audit',
        'id',
      ]);
      sql = words.join('');
    } else sql = `${sql}\n${pick(lines)}`;
  }
  return sql;
}

export type Result = {
  files: number;
  rehearsed: number;
  failed: number;
  slowest: number;
  verdicts: Record<string, number>;
};

export async function fuzz(
  count: number,
  seed: number,
  rehearseEvery: number,
  more: readonly string[] = [],
): Promise<Result> {
  const next = random(seed);
  const lines = corpus();
  const applied = [{ name: '20250101_shop', sql: shop() }];
  const result: Result = { files: 0, rehearsed: 0, failed: 0, slowest: 0, verdicts: {} };
  for (let index = 0; index < count + more.length; index += 1) {
    const sql = index < more.length ? (more[index] as string) : file(next, lines);
    const rehearse = index < more.length || (rehearseEvery > 0 && index % rehearseEvery === 0);
    const started = performance.now();
    const version = ['6.19.0', '7.3.0', '7.10.1', undefined][index % 4];
    try {
      const judgement = await judge({
        pending: [{ name: '20260101_fuzz', sql }],
        applied,
        policy,
        now: new Date('2026-01-01T00:00:00Z'),
        ...(version ? { prismaVersion: version } : {}),
        rehearse: rehearse && { limits: { statement: 1500, memory: 400 } },
      });
      judgementSchema.parse(judgement);
      const broken = judgement.statements.filter((statement) => statement.error || statement.notRehearsed);
      const unsaid = broken.filter(
        (statement) => statement.severity === 'fine' && !statement.notRehearsed?.endsWith('it ran'),
      );
      if (unsaid.length > 0) throw new Error(`"fine" although the rehearsal failed: ${unsaid[0]?.text}`);
      result.verdicts[judgement.verdict] = (result.verdicts[judgement.verdict] ?? 0) + 1;
      result.rehearsed += rehearse ? 1 : 0;
      result.failed += broken.length > 0 ? 1 : 0;
    } catch (error) {
      throw new Error(
        `seed ${seed}, file ${index}:\n${sql.slice(0, 2000)}\n${error instanceof Error ? error.stack : String(error)}`,
      );
    }
    result.files += 1;
    result.slowest = Math.max(result.slowest, performance.now() - started);
  }
  return result;
}

if (import.meta.main) {
  const number = (flag: string, otherwise: number): number => {
    const at = process.argv.indexOf(flag);
    return at === -1 ? otherwise : Number(process.argv[at + 1]);
  };
  const count = Number(process.argv[2] ?? 20_000) || 20_000;
  console.log(
    await fuzz(count, number('--seed', 1), number('--rehearse-every', 40), [...hostile, ...endless]),
  );
  await closeRehearsal();
}
