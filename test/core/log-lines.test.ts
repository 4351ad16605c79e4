import { expect, test } from '@jest/globals';
import { LineCounter, type LogLine, readLine } from '../../core/log-lines.ts';

const line = (message: string, at = 1000, stream = 'b/b/1'): LogLine => ({ message, at, stream });

test('a line that a stretch has shown is not shown again when live tail brings it', () => {
  const counter = new LineCounter();
  expect(counter.stretch([line('a')])).toHaveLength(1);
  expect(counter.live([line('a'), line('b')]).map(({ message }) => message)).toEqual(['b']);
});

test('lines that live tail left out are shown by the next stretch, and only those', () => {
  const counter = new LineCounter();
  counter.live([line('a')]);
  expect(counter.stretch([line('a'), line('left out')]).map(({ message }) => message)).toEqual(['left out']);
});

test('equal lines of the same millisecond are as many as they are', () => {
  const counter = new LineCounter();
  expect(counter.live([line('a'), line('a')])).toHaveLength(2);
  expect(counter.stretch([line('a'), line('a'), line('a')])).toHaveLength(1);
  expect(counter.live([line('a')])).toHaveLength(0);
  expect(counter.live([line('a')])).toHaveLength(1);
});

test('equal lines of two tasks are two', () => {
  const counter = new LineCounter();
  expect(counter.live([line('a'), line('a', 1000, 'b/b/2')])).toHaveLength(2);
});

test('stretches that overlap show each line once', () => {
  const counter = new LineCounter();
  const all = Array.from({ length: 100 }, (_, index) =>
    line(`line ${index % 7}`, 1000 + Math.floor(index / 3)),
  );
  const shown: LogLine[] = [];
  for (let from = 1000; from < 1040; from += 5)
    shown.push(...counter.stretch(all.filter(({ at }) => at >= from - 5 && at < from + 5)));
  expect(shown).toHaveLength(100);
});

test.each([
  ['{"level":"info","message":"request","status":200}', 'info', 'request  status=200'],
  ['{"level":30,"msg":"up","time":1}', 'info', 'up'],
  ['{"severity":"ERROR","event":"lost","ids":[1]}', 'error', 'lost  ids=[1]'],
  ['{"broken', null, '{"broken'],
  ['plain text', null, 'plain text'],
])('%s is read', (message, level, text) => {
  expect(readLine(message)).toEqual({ level, text });
});
