/** Which lines tell of a request that was answered, and what they say. */
import { answerIn } from '../../core/request-log.ts';

test.each([
  [
    'the example’s own',
    '{"level":"info","message":"request","method":"GET","path":"/api/health","status":503,"durationMs":2}',
    503,
    2,
  ],
  [
    'pino-http',
    '{"level":30,"req":{"method":"GET","url":"/x"},"res":{"statusCode":200},"responseTime":12,"msg":"request completed"}',
    200,
    12,
  ],
  ['JSON without a time', '{"method":"POST","url":"/a","statusCode":201}', 201, null],
  ['morgan', 'GET /api/users 200 3.214 ms - 41', 200, 3.214],
  ['Hono', '--> GET /api/users 404 1ms', 404, 1],
  ['Hono, with seconds', '--> POST /api/import 200 2s', 200, 2000],
  ['the common log format', '10.0.0.1 - - [24/Nov/2026:13:04:52 +0000] "GET / HTTP/1.1" 500 12', 500, null],
])('%s is read', (_, line, status, milliseconds) => {
  expect(answerIn(line)).toEqual({ status, milliseconds });
});

test.each([
  'listening on 0.0.0.0:4000, release a1b2c3d',
  '<-- GET /api/users',
  '{"level":"info","message":"migrated","status":"done"}',
  '{"message":"job","status":200}',
  '{"broken',
  'GET /api/users 20 3 ms',
])('%s tells of none', (line) => {
  expect(answerIn(line)).toBeUndefined();
});
