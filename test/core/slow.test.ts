/** Why answers are slow: PostgreSQL's own log lines as RDS writes them, and its counts of whole reads. */
import { describe, expect, test } from '@jest/globals';
import { slowestStatement, slowSentences } from '../../core/slow.ts';

const PREFIX = '2026-11-24 12:00:00 UTC:10.0.0.7(41234):backend@backend:[311]:LOG:  ';

describe('the slowest statement of a log', () => {
  test('is told on one line, whichever way it was sent', () => {
    expect(
      slowestStatement(
        [
          `${PREFIX}duration: 612.114 ms  statement: SELECT 1`,
          `${PREFIX}duration: 1320.5 ms  execute s12: SELECT "id"\n\tFROM "documents"\n  WHERE "legacyId" = $1`,
          `${PREFIX}duration: 700 ms  parse <unnamed>: SELECT 2`,
          `${PREFIX}checkpoint complete: total=9999.9 s`,
          `${PREFIX}duration: 37892.4 ms  statement: INSERT INTO archive SELECT 1`,
        ],
        3000,
      ),
    ).toEqual({ milliseconds: 1320.5, statement: 'SELECT "id" FROM "documents" WHERE "legacyId" = $1' });
  });

  test('is one that an answer waits for, and no maintenance', () => {
    const maintenance = [
      'ANALYZE archive',
      'VACUUM archive',
      'create index concurrently a on archive (code)',
    ];
    const lines = [...maintenance, '/* report */ (SELECT 1)', 'with gone as (delete from a) select 1'].map(
      (statement, at) => `${PREFIX}duration: ${1500 - at * 100}.0 ms  statement: ${statement}`,
    );
    expect(slowestStatement(lines, 3000)?.statement).toBe('/* report */ (SELECT 1)');
    expect(slowestStatement(lines.slice(4), 3000)?.statement).toMatch(/^with gone/);
    expect(slowestStatement(lines.slice(0, 3), 3000)).toBeNull();
  });

  test('is cut where it is long, and is none where none was slow', () => {
    const long = slowestStatement(
      [`${PREFIX}duration: 900.0 ms  statement: SELECT ${'x'.repeat(500)}`],
      3000,
    );
    expect(long?.statement).toHaveLength(161);
    expect(slowestStatement([`${PREFIX}connection received`], 3000)).toBeNull();
  });
});

describe('what is said of slow answers', () => {
  const documents = { table: 'documents', rows: 1_200_000, scans: 40 };
  const orders = { table: 'public.orders', rows: 9_000_000, scans: 900 };
  const statement = { milliseconds: 1320.5, statement: 'SELECT "id" FROM "documents" WHERE "legacyId" = $1' };

  test('is the statement, and of the tables the one that it reads', () => {
    expect(slowSentences(statement, [orders, documents])).toEqual([
      'The slowest statement of the last minutes took 1,321 ms: SELECT "id" FROM "documents" WHERE "legacyId" = $1',
      'documents (1,200,000 rows) has been read from end to end 40 times: a Seq Scan that wants an index.',
    ]);
    expect(slowSentences(statement, [orders])).toHaveLength(1);
  });

  test('is the table that is read most where the log has no statement, and nothing where nothing is known', () => {
    expect(slowSentences(null, [documents, orders])).toEqual([
      expect.stringContaining('public.orders (9,000,000 rows)'),
    ]);
    expect(slowSentences(null, [])).toEqual([]);
  });
});
