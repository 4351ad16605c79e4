import { expect, test } from '@jest/globals';
import {
  recogniseCrash,
  recognisePrismaCode,
  recogniseSqlState,
  recogniseTypeError,
} from '../../core/recognise.ts';

test.each([
  ['Error: listen EADDRINUSE: address already in use 0.0.0.0:4000', 'PortInUse', { port: '4000' }],
  ['Error: listen EADDRINUSE: address already in use :::4000', 'PortInUse', { port: '4000' }],
  ['Missing required environment variable: STATUS_TOKEN', 'VariableMissing', { variable: 'STATUS_TOKEN' }],
  ['Error: Environment variable not found: DATABASE_URL.', 'VariableMissing', { variable: 'DATABASE_URL' }],
  ['SEARCH_URL is not set', 'VariableMissing', { variable: 'SEARCH_URL' }],
  ['The environment variable REDIS_URL must be set', 'VariableMissing', { variable: 'REDIS_URL' }],
  [
    "PrismaClientInitializationError: Can't reach database server at `db.internal:5432`",
    'DatabaseUnreachable',
    {},
  ],
  ['Error: connect ECONNREFUSED 10.0.3.17:5432', 'DatabaseUnreachable', {}],
  [
    'error: no pg_hba.conf entry for host "10.0.3.17", user "backend", database "backend", no encryption',
    'DatabaseDemandsTls',
    {},
  ],
  [
    '{"level":"warn","error":"\\nInvalid `prisma.user.count()` invocation:\\n\\n\\nUser was denied access on the database `backend`","code":"P1010"}',
    'DatabaseDenied',
    { detail: 'User was denied access on the database `backend`' },
  ],
  ['Error: P1000: Authentication failed against database server', 'DatabaseDenied', {}],
  ['error: password authentication failed for user "backend"', 'DatabaseDenied', {}],
  ['Error: Connection terminated due to connection timeout', 'DatabaseUnreachable', {}],
  ['Error: timeout exceeded when trying to connect', 'PoolExhausted', {}],
])('%s', (line, error, data) => {
  expect(recogniseCrash(['starting', line])).toMatchObject({ error, data });
});

test.each([
  'Error: something else',
  'TypeError: x is not a function',
  'GET /api/health 503',
  'required field missing in body',
])('%s is none of the known cases', (line) => {
  expect(recogniseCrash([line])).toBeUndefined();
});

test('a type error has its place, in both of tsc’s forms', () => {
  expect(recogniseTypeError(["src/main.ts(12,5): error TS2322: Type 'string' is not assignable."])).toEqual({
    place: 'src/main.ts:12:5',
    message: "TS2322: Type 'string' is not assignable.",
  });
  expect(recogniseTypeError(['src/main.ts:12:5 - error TS2322: No.'])).toEqual({
    place: 'src/main.ts:12:5',
    message: 'TS2322: No.',
  });
  expect(recogniseTypeError(['all fine'])).toBeUndefined();
});

test('Prisma’s and PostgreSQL’s codes are found', () => {
  expect(recognisePrismaCode(['Error: P3018', 'A migration failed to apply.'])).toBe('P3018');
  expect(recogniseSqlState(['Database error code: 55P03'])).toBe('55P03');
});
