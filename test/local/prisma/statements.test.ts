import { splitStatements } from '../../../local/prisma/statements.mjs';

const cases: [string, string, string[]][] = [
  ['two statements', 'CREATE TABLE a (i int);\nDROP TABLE b;', ['CREATE TABLE a (i int)', 'DROP TABLE b']],
  ['no semicolon at the end', 'SELECT 1;\nSELECT 2\n', ['SELECT 1', 'SELECT 2']],
  ['only comments and empty statements', '-- x; y\n/* ; /* ; */ ; */;;\n', []],
  [
    'a comment keeps its statement',
    '-- CreateTable; really\nCREATE TABLE a ();',
    ['-- CreateTable; really\nCREATE TABLE a ()'],
  ],
  [
    'semicolons in texts and names',
    `SELECT ';', "a;b", 'it''s;';SELECT 2`,
    [`SELECT ';', "a;b", 'it''s;'`, 'SELECT 2'],
  ],
  ['a backslash in an E text', `SELECT E'\\';';SELECT 2`, [`SELECT E'\\';'`, 'SELECT 2']],
  ['a backslash in a plain text', `SELECT '\\';SELECT 2`, [`SELECT '\\'`, 'SELECT 2']],
  [
    'a body in dollars',
    'DO $$ BEGIN PERFORM 1; END $$;SELECT 2',
    ['DO $$ BEGIN PERFORM 1; END $$', 'SELECT 2'],
  ],
  ['tagged dollars', 'DO $a$ $$;$$; $a$;SELECT $1', ['DO $a$ $$;$$; $a$', 'SELECT $1']],
  ['dollars in a name', 'SELECT a$b;SELECT c$d', ['SELECT a$b', 'SELECT c$d']],
  [
    'a rule with two commands',
    'CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2);SELECT 3',
    ['CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2)', 'SELECT 3'],
  ],
  [
    'a function with a body of SQL',
    'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;SELECT 3',
    [
      'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END',
      'SELECT 3',
    ],
  ],
  ['a transaction of the user', 'BEGIN;SELECT 1;COMMIT;', ['BEGIN', 'SELECT 1', 'COMMIT']],
];

test.each(cases)('%s', (_, script, expected) => {
  expect(splitStatements(script).map(({ text }: { text: string }) => text)).toEqual(expected);
});

test('each statement knows where it begins', () => {
  const script = 'SELECT 1;\n\n  -- two\n  SELECT 2;';
  for (const { text, start } of splitStatements(script))
    expect(script.slice(start, start + text.length)).toBe(text);
});
