import { expect, test } from '@jest/globals';
import { decisiveLines } from '../../core/decisive.ts';

const request = (n: number) =>
  `{"time":"2026-11-24T09:14:${n}.5Z","level":"info","message":"request","status":503,"durationMs":${n}}`;

test('the error is found however much follows it', () => {
  const log = [
    'starting',
    '{"level":"error","message":"search: connect ECONNREFUSED"}',
    ...Array.from({ length: 40 }, (_, n) => request(n)),
    'stopped',
  ];
  expect(decisiveLines(log, 3)[0]).toContain('ECONNREFUSED');
});

test('lines that differ only in figures are told once', () => {
  expect(decisiveLines([request(10), request(11), request(12)])).toEqual([`${request(10)}  (3 times)`]);
});

test('a stack is cut after its first frames', () => {
  const frames = ['a', 'b', 'c', 'd', 'e'].map((name) => `    at ${name} (/app/dist/main.js)`);
  expect(decisiveLines(["Error: Cannot find module './x.json'", ...frames, 'Node.js v24'])).toEqual([
    "Error: Cannot find module './x.json'",
    ...frames.slice(0, 3),
    'Node.js v24',
  ]);
});

test('a structured line of level info is no error, whatever its words', () => {
  expect(
    decisiveLines(['{"level":"info","message":"GET /errors failed=0"}', 'x', 'y', 'Error: real'], 1),
  ).toEqual(['Error: real']);
});

test('a log without errors shows how it ends', () => {
  expect(decisiveLines(['one', 'two', 'three'])).toEqual(['two', 'three']);
  expect(decisiveLines([])).toEqual([]);
});
