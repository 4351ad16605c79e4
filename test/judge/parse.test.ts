import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Migration } from '../../core/migrations.ts';
import { largestFile } from '../../judge/parse/source.ts';
import { loadParser, parseMigration } from '../../judge/parse/statements.ts';

beforeAll(loadParser);
const parse = (sql: Migration['sql']) => parseMigration({ name: '20260101_x', sql });
const kinds = (sql: Migration['sql']): string[] => parse(sql).problems.map((problem) => problem.kind);

describe('positions', () => {
  test('a statement starts behind the comments and blanks before it, whatever bytes they take', () => {
    const { statements } = parse(
      '-- häß 😀\n/* a /* nested */ b */  SELECT 1;\n  ALTER TABLE "ü" ADD COLUMN x int; SELECT 2',
    );
    expect(statements.map(({ line, column, text }) => [line, column, text])).toEqual([
      [2, 25, 'SELECT 1'],
      [3, 3, 'ALTER TABLE "ü" ADD COLUMN x int'],
      [3, 37, 'SELECT 2'],
    ]);
  });

  test('a syntax error is pointed at, behind characters of several bytes too', () => {
    expect(parse('SELECT 1; -- 😀é\n SELEC').problems[0]).toMatchObject({
      kind: 'syntax',
      line: 2,
      column: 2,
    });
    expect(parse("SELECT '€', FROM x").problems[0]).toMatchObject({ kind: 'syntax', line: 1, column: 13 });
  });

  test('CRLF does not shift the lines', () => {
    const { statements, problems } = parse('SELECT 1;\r\nSELECT 2;\r\n');
    expect(statements.map(({ line, column }) => [line, column])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(problems.map((problem) => problem.kind)).toEqual(['crlf']);
  });
});

describe('what is wrong with a file is its own problem, and never a crash', () => {
  const bytes = (...values: number[]) => new Uint8Array(values);
  test.each<[string, Migration['sql'], string[]]>([
    ['an empty file', '', ['empty']],
    ['only comments', '-- nothing\n/* at all */', ['empty']],
    ['only a semicolon', ' ; ', ['empty']],
    ['a byte order mark', bytes(0xef, 0xbb, 0xbf, ...Buffer.from('SELECT 1')), ['bom']],
    ['UTF-16', bytes(0xff, 0xfe, 0x53, 0x00), ['encoding']],
    ['Latin-1', bytes(...Buffer.from("SELECT '"), 0xe4, 0x27), ['encoding']],
    ['a NUL byte', 'SELECT 1;\0DROP TABLE x', ['nul']],
    ['psql', '\\i other.sql\nSELECT 1;', ['meta-command']],
    ['an unclosed string', "SELECT 'abc", ['syntax']],
    ['an unclosed comment', 'SELECT 1; /* abc', ['syntax']],
    ['50 MB', new Uint8Array(50 * 1024 * 1024).fill(32), ['too-large']],
    ['nested brackets', `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`, ['nested-too-deep']],
  ])('%s', (_, sql, expected) => {
    expect(kinds(sql)).toEqual(expected);
  });

  test('a backslash in a string or behind a statement is no command', () => {
    expect(kinds("SELECT '\n\\i' || E'\\\\'")).toEqual([]);
  });

  test('a file of the largest size is still read', () => {
    const row = "INSERT INTO t VALUES (1, 'abc');\n";
    const { statements, problems } = parse(row.repeat(Math.floor(largestFile / 40 / row.length)));
    expect(problems).toEqual([]);
    expect(statements.length).toBeGreaterThan(3000);
  });
});

describe('allowances', () => {
  const first = (comment: string) => parse(`${comment}\nSELECT 1`).allowances[0];
  test('a reason is required, a day may end it', () => {
    expect(first('-- lockstep:allow dropping-column reason="gone since May" until=2026-12-31')).toMatchObject(
      {
        rule: 'dropping-column',
        reason: 'gone since May',
        until: '2026-12-31',
        problem: undefined,
      },
    );
    expect(first('-- lockstep:allow dropping-column')?.problem).toBe('gives no reason="…"');
    expect(first('-- lockstep:allow')?.problem).toBe('names no rule');
    expect(first('-- lockstep:allow x reason="y" until=2026-02-30')?.problem).toContain('2026-02-30');
    expect(first('-- lockstep:allow x reason="y" untill=2026-01-01')?.problem).toContain('untill=2026-01-01');
    expect(first('/* lockstep:allow x reason="y" */')?.problem).toBeUndefined();
  });
});
