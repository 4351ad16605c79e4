// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a Dockerfile's variables look like a template's.
import { parseDockerfile } from '../../../local/images/dockerfile.ts';
import { expand, pairs, words } from '../../../local/images/expand.ts';

test('comments and empty lines between continued lines are left out, as Docker does', () => {
  const { stages } = parseDockerfile(
    'FROM node\nRUN apt-get update && \\\n    # why\n    apt-get install \\\n\n      curl && echo "a  b"\n',
  );
  expect(stages[0]?.instructions).toMatchObject([
    { keyword: 'RUN', line: 2, text: 'apt-get update &&     apt-get install       curl && echo "a  b"' },
  ]);
});

test('stages, flags, exec forms and heredocs are read', () => {
  const { globals, stages } = parseDockerfile(
    [
      'ARG V=24',
      'FROM --platform=$BUILDPLATFORM node:${V}-slim AS Build',
      'COPY --from=deps --chown=node:node ["a b", "/x/"]',
      'RUN --mount=type=cache,target=/root/.npm --mount=type=bind,source=a,target=a npm ci',
      'CMD ["node", "x"]',
      'FROM build',
      'RUN <<EOF',
      'set -e',
      'EOF',
      "COPY <<-'A' <<B /out/",
      '\tone $X',
      '\tA',
      'two',
      'B',
      'CMD [not json',
    ].join('\n'),
  );
  expect(globals).toMatchObject([{ keyword: 'ARG', text: 'V=24' }]);
  const [build, last] = stages;
  expect(build).toMatchObject({ name: 'build', base: 'node:${V}-slim', platform: '$BUILDPLATFORM', line: 2 });
  expect(build?.instructions).toMatchObject([
    {
      flags: [
        ['from', 'deps'],
        ['chown', 'node:node'],
      ],
      exec: ['a b', '/x/'],
    },
    {
      flags: [
        ['mount', 'type=cache,target=/root/.npm'],
        ['mount', 'type=bind,source=a,target=a'],
      ],
      text: 'npm ci',
    },
    { exec: ['node', 'x'] },
  ]);
  expect(last?.instructions).toMatchObject([
    { heredocs: [{ name: 'EOF', quoted: false, content: 'set -e\n' }] },
    {
      heredocs: [
        { name: 'A', quoted: true, content: 'one $X\n' },
        { name: 'B', content: 'two\n' },
      ],
      line: 10,
    },
    { keyword: 'CMD', text: '[not json' },
  ]);
});

test.each([
  ['FROM node\nONBUILD RUN x', 'Dockerfile:2: ONBUILD is not an instruction that is supported here'],
  ['FROM node\n\nCOPY --parents a /b', 'Dockerfile:3: COPY --parents is not supported here'],
  ['RUN x', 'Dockerfile:1: RUN comes before the first FROM'],
  ['# nothing', 'Dockerfile:1: there is no FROM'],
  ['FROM node as', 'Dockerfile:1: FROM node as: expected FROM image [AS name]'],
  ['FROM node AS a\nFROM node AS A', 'Dockerfile:2: there are two stages named A'],
  ['FROM node\nRUN cat <<EOF', 'Dockerfile:2: the heredoc EOF has no end'],
  ['FROM node\nWORKDIR', 'Dockerfile:2: WORKDIR needs an argument'],
])('%j is refused with its line', (content, message) => {
  expect(() => parseDockerfile(content)).toThrow(message);
});

const variables = new Map([
  ['A', 'one two'],
  ['EMPTY', ''],
]);

test.each([
  ['$A', 'one two'],
  ['x${A}y', 'xone twoy'],
  ["'$A'", '$A'],
  ['"$A"', 'one two'],
  ['\\$A', '$A'],
  ['${B:-other}', 'other'],
  ['${EMPTY:-other}', 'other'],
  ['${EMPTY-other}', ''],
  ['${A:+set}', 'set'],
  ['${B:+set}', ''],
  ['${B:-${A}}', 'one two'],
  ['$', '$'],
  ['a"b c"d', 'ab cd'],
])('%s becomes %s', (text, expected) => {
  expect(expand(text, variables)).toBe(expected);
});

test('what a variable holds is not split, quotes hold words together', () => {
  expect(words('$A "b c" d\\ e \'\'', variables)).toEqual(['one two', 'b c', 'd e', '']);
});

test('ENV takes pairs and the old form', () => {
  expect(pairs('X=1 Y="a b" Z=$A', variables)).toEqual([
    ['X', '1'],
    ['Y', 'a b'],
    ['Z', 'one two'],
  ]);
  expect(pairs('X some words', variables)).toEqual([['X', 'some words']]);
  expect(pairs('X', variables)).toBeUndefined();
});
