import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from '../../../local/images/build.ts';
import { Cache } from '../../../local/images/cache.ts';
import type { Manifest } from '../../../local/images/image.ts';
import { overlayWorks } from '../../../local/images/run/overlay.ts';
import { rewriteCommand } from '../../../local/images/run/plain.ts';
import { unpackImage } from '../../../local/images/unpack/unpack.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let contexts = 0;

function context(files: Record<string, string>): string {
  const place = join(folder, `context-${++contexts}`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), text);
  }
  return place;
}

interface Options {
  readonly args?: Record<string, string>;
  readonly target?: string;
}

function buildIn(cache: Cache) {
  return async (place: string, options: Options = {}) => {
    const log: string[] = [];
    const image = await build(
      {
        context: place,
        file: join(place, 'Dockerfile'),
        args: new Map(Object.entries(options.args ?? {})),
        labels: new Map(),
        noCache: false,
        say: (line) => void log.push(line),
        ...(options.target === undefined ? {} : { target: options.target }),
      },
      cache,
    );
    const read = (digest: string) => JSON.parse(readFileSync(cache.blobFile(digest), 'utf8'));
    const manifest = read(image.digest) as Manifest;
    const root = join(folder, `root-${image.digest.slice(7, 19)}`);
    await unpackImage({
      layers: manifest.layers.map(({ digest }) => ({ digest, file: cache.blobFile(digest) })),
      layersFolder: join(folder, 'layers'),
      root,
    });
    return { digest: image.digest, manifest, root, log, config: read(manifest.config.digest).config };
  };
}

/** Every path below a folder, links with their targets. */
function listing(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

// Both kinds of sandbox have to come to the same files. Where the kernel forbids namespaces, there is only one.
const kinds = (await overlayWorks(folder)) ? ['overlay', 'plain'] : ['plain'];

describe.each(kinds)('in the %s sandbox', (kind) => {
  const before = process.env['LOCKSTEP_SANDBOX'];
  let make: ReturnType<typeof buildIn>;
  let cache: Cache;
  beforeAll(() => {
    process.env['LOCKSTEP_SANDBOX'] = kind;
    cache = new Cache(join(folder, `cache-${kind}`));
    make = buildIn(cache);
  });
  afterAll(() => {
    if (before === undefined) delete process.env['LOCKSTEP_SANDBOX'];
    else process.env['LOCKSTEP_SANDBOX'] = before;
  });

  test('stages, ARG, ENV, COPY --from and RUN make the image that the Dockerfile describes', async () => {
    const place = context({
      Dockerfile: `ARG BASE=node:24-slim
FROM \${BASE} AS build
WORKDIR /app
ARG WHO=nobody
ENV GREETING="hello \${WHO}"
COPY package.json src/*.txt ./
RUN echo "$GREETING" > greeting.txt && mkdir out && cp a.txt out/ && node -p '"v" + 1' > out/node.txt
FROM build AS unused
RUN exit 9
FROM node:24-slim
WORKDIR /srv/app
COPY --from=build --chown=node:node /app/out ./dist
COPY --from=build /app/greeting.txt /etc/greeting
EXPOSE 4000
USER node
HEALTHCHECK --interval=30s --retries=3 CMD curl -f http://localhost:4000 || exit 1
ENTRYPOINT ["./start.sh"]
CMD ["--flag"]
`,
      'package.json': '{}',
      'src/a.txt': 'a',
      'src/b.txt': 'b',
    });
    const { root, config, log } = await make(place, { args: { WHO: 'you' } });
    expect(listing(root)).toEqual(['etc/greeting', 'srv/app/dist/a.txt', 'srv/app/dist/node.txt']);
    expect(readFileSync(join(root, 'etc/greeting'), 'utf8')).toBe('hello you\n');
    expect(readFileSync(join(root, 'srv/app/dist/node.txt'), 'utf8')).toBe('v1\n');
    expect(config).toMatchObject({
      WorkingDir: '/srv/app',
      User: 'node',
      ExposedPorts: { '4000/tcp': {} },
      Entrypoint: ['./start.sh'],
      Cmd: ['node', '--flag'],
      Healthcheck: {
        Test: ['CMD-SHELL', 'curl -f http://localhost:4000 || exit 1'],
        Interval: 30e9,
        Retries: 3,
      },
    });
    expect(log.filter((line) => line.startsWith('note:'))).toEqual([
      'note: --chown is left out; the process runs as the user who started it',
    ]);
  });

  test('what a later line removes and replaces is gone from the image', async () => {
    const place = context({
      Dockerfile: `FROM node
WORKDIR /app
COPY . .
RUN rm a && rm -r old && mkdir old && echo new > old/c && ln -s old/c link && chmod 700 old/c
`,
      a: '1',
      'old/b': '2',
      'old/deep/d': '3',
    });
    const { root } = await make(place);
    expect(listing(root)).toEqual(['app/Dockerfile', 'app/link', 'app/old/c']);
    expect(statSync(join(root, 'app/old/c')).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(root, 'app/link'), 'utf8')).toBe('new\n');
  });

  test('no line changes the host, and lines that would are skipped by name', async () => {
    const marker = `/lockstep-test-${process.pid}`;
    const passwd = readFileSync('/etc/passwd', 'utf8');
    const place = context({
      Dockerfile: `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends sh no-such-program && rm -rf /var/lib/apt/lists/*
RUN groupadd -r app && useradd -r -g app app && chown -R app:app /tmp
RUN mkdir -p ${marker} && echo x > ${marker}/file
RUN npm cache clean --force
`,
    });
    const { root, log } = await make(place);
    expect(existsSync(marker)).toBe(false);
    expect(readFileSync('/etc/passwd', 'utf8')).toBe(passwd);
    expect(readFileSync(join(root, marker, 'file'), 'utf8')).toBe('x\n');
    const text = log.join('\n');
    expect(text).toContain('skipped `apt-get install -y --no-install-recommends sh no-such-program`');
    expect(text).toMatch(/on the host: sh \(.*\/sh\)/);
    expect(text).toContain('not on the host: no-such-program');
    expect(text).toContain('skipped `useradd -r -g app app`');
    expect(text).toMatch(/skipped `chown -R app:app \S*\/tmp`/);
    expect(text).toContain('skipped `npm cache clean --force`');
  });

  test('a PATH of the image’s own is kept, whatever the sandbox itself needs', async () => {
    const place = context({
      Dockerfile: 'FROM node\nENV PATH=/app/bin\nWORKDIR /app/bin\nCOPY --chmod=755 tool .\nRUN tool > out\n',
      tool: '#!/bin/sh\necho "$PATH"\n',
    });
    const { root } = await make(place);
    expect(readFileSync(join(root, 'app/bin/out'), 'utf8')).toMatch(/app\/bin/);
  });

  test('a line that fails is told with its line of the Dockerfile', async () => {
    const place = context({ Dockerfile: 'FROM node\n\nRUN echo before && \\\n  false\n' });
    await expect(make(place)).rejects.toThrow(
      'Dockerfile:3: RUN echo before && false ended with exit code 1',
    );
    await expect(make(context({ Dockerfile: 'FROM node\nRUN no-such-program\n' }))).rejects.toThrow(
      'ended with exit code 127; that is how a shell says that a program is not there',
    );
  });

  test('mounts, heredocs and the exec form', async () => {
    const place = context({
      Dockerfile: `FROM node
WORKDIR /app
RUN --mount=type=bind,source=input.txt,target=input.txt --mount=type=cache,target=/cache cp input.txt copy.txt && echo 1 >> /cache/count && cp /cache/count count.txt
RUN <<EOF
echo one > lines.txt
echo two >> lines.txt
EOF
RUN ["node", "-e", "require('fs').writeFileSync('exec.txt', process.cwd())"]
COPY --chmod=755 <<EOF start.sh
#!/bin/sh
exec node $FILE
EOF
`,
      'input.txt': 'bound',
    });
    const { root } = await make(place);
    const read = (name: string) => readFileSync(join(root, 'app', name), 'utf8');
    expect(listing(root)).toEqual([
      'app/copy.txt',
      'app/count.txt',
      'app/exec.txt',
      'app/lines.txt',
      'app/start.sh',
    ]);
    expect(read('copy.txt')).toBe('bound');
    expect(read('lines.txt')).toBe('one\ntwo\n');
    expect(read('start.sh')).toBe('#!/bin/sh\nexec node \n');
    expect(statSync(join(root, 'app/start.sh')).mode & 0o777).toBe(0o755);
  });

  test('a second build takes every step from the cache, and the same files make the same digest', async () => {
    const dockerfile = 'FROM node\nWORKDIR /app\nCOPY package.json .\nRUN date +%N > when\nCOPY . .\n';
    const one = await make(context({ Dockerfile: dockerfile, 'package.json': '{}', 'a.txt': '1' }));
    const same = await make(context({ Dockerfile: dockerfile, 'package.json': '{}', 'a.txt': '1' }));
    expect(same.digest).toBe(one.digest);
    expect(same.log.every((line) => line.endsWith('(cached)'))).toBe(true);

    const other = await make(context({ Dockerfile: dockerfile, 'package.json': '{}', 'a.txt': '2' }));
    expect(other.digest).not.toBe(one.digest);
    expect(other.log.find((line) => line.includes('RUN'))).toMatch(/\(cached\)$/);
    expect(readFileSync(join(other.root, 'app/when'), 'utf8')).toBe(
      readFileSync(join(one.root, 'app/when'), 'utf8'),
    );
  });
});

const make = buildIn(new Cache(join(folder, 'cache')));

test('.dockerignore leaves files out and takes exceptions back in', async () => {
  const place = context({
    Dockerfile: 'FROM scratch\nCOPY . /app\n',
    '.dockerignore': 'node_modules\n**/*.md\n!docs/keep.md\nDockerfile\n.dockerignore\n',
    'node_modules/x/index.js': '',
    'readme.md': '',
    'docs/keep.md': '',
    'docs/drop.md': '',
    'src/a.js': '',
  });
  symlinkSync('a.js', join(place, 'src/b.js'));
  expect(listing((await make(place)).root)).toEqual(['app/docs/keep.md', 'app/src/a.js', 'app/src/b.js']);
});

test('--target builds only what the stage needs', async () => {
  const place = context({
    Dockerfile: 'FROM scratch AS one\nCOPY a /a\nFROM node AS two\nRUN exit 1\nFROM two\n',
    a: '1',
  });
  expect(listing((await make(place, { target: 'one' })).root)).toEqual(['a']);
});

test.each([
  [
    'FROM python:3.12\n',
    'Dockerfile:1: FROM python:3.12: in the process runtime this machine stands in for the base image',
  ],
  ['FROM node\nCOPY missing /x\n', 'Dockerfile:2: COPY: "missing" is not there (or .dockerignore names it)'],
  ['FROM node\nCOPY ../secret /x\n', 'Dockerfile:2: COPY: "../secret" lies outside the build context'],
  [
    'FROM node\nCOPY --from=nginx /a /x\n',
    'Dockerfile:2: COPY --from=nginx: there is no earlier stage of that name',
  ],
  [
    'FROM node\nADD https://example.com/a /x\n',
    'Dockerfile:2: ADD https://example.com/a: nothing is fetched here',
  ],
  ['FROM node\nADD a.tar.gz /x\n', 'Dockerfile:2: ADD a.tar.gz: archives are not unpacked here'],
  [
    'FROM node\nRUN --mount=type=secret,id=x,target=/x true\n',
    'Dockerfile:2: RUN --mount=type=secret,id=x,target=/x: only cache, tmpfs and bind',
  ],
  ['FROM node\nENV X\n', 'Dockerfile:2: ENV X: expected NAME=value'],
])('%j is refused with its line', async (dockerfile, message) => {
  await expect(make(context({ Dockerfile: dockerfile }))).rejects.toThrow(message);
});

test('only whole absolute words of the image are rewritten where there is no namespace', () => {
  expect(
    rewriteCommand(
      ['/bin/sh', '-c', 'node /app/x.js --dir=/data "/app/y" /usr/bin/true a/b > /out/log'],
      '/r',
    ),
  ).toEqual(['/bin/sh', '-c', 'node /r/app/x.js --dir=/r/data "/r/app/y" /usr/bin/true a/b > /r/out/log']);
  expect(rewriteCommand(['/app/start', '--x', '/data'], '/r')).toEqual(['/r/app/start', '--x', '/r/data']);
});
