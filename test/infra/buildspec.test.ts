import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { manifestSchema } from '../../core/release.ts';
import { BUILDSPEC } from '../../infra/buildspec.ts';

const root = mkdtempSync(join(tmpdir(), 'lockstep-buildspec-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const URI = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/backend';
const VARIABLES = {
  SERVICE: 'backend',
  SERVICE_PATH: 'services/backend',
  DOCKERFILE: 'Dockerfile',
  BUILD_CONTEXT: 'services/backend',
  WORKING_DIRECTORY: 'services/backend',
  REPOSITORY: 'backend',
  REPOSITORY_URI: URI,
  IMAGE_TAG: 'a1b2c3d',
  COMMIT: 'a1b2c3d4',
  SUBJECT: 'Index documents by owner',
  COMMITTED_AT: '2026-11-24T09:00:00Z',
};

type Files = Readonly<Record<string, string>>;

/** A source with these files in the service's folder, and a `prisma` as npm would have put it there. */
function source(files: Files): string {
  const folder = join(root, String(count++));
  write(folder, {
    'services/backend/package.json': '{"name":"backend"}',
    'services/backend/node_modules/prisma/package.json': '{"name":"prisma","version":"7.10.0"}',
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`services/backend/${path}`, text])),
  });
  return folder;
}

function write(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Runs the script alone, fed with what `docker image inspect` says. */
function manifestOf(folder: string, inspected: unknown = [{ RepoDigests: [`${URI}@${DIGEST}`] }]) {
  const output = join(folder, 'release.json');
  const ran = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../../infra/release-manifest.mjs'), output],
    {
      cwd: join(folder, 'services/backend'),
      input: JSON.stringify(inspected),
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', ...VARIABLES },
    },
  );
  const manifest = existsSync(output)
    ? manifestSchema.parse(JSON.parse(readFileSync(output, 'utf8')))
    : undefined;
  return { ...ran, manifest };
}

const schemaText = 'datasource db {\n  provider = "postgresql"\n}\n';

describe('the release manifest', () => {
  test('holds commit, digest, Prisma’s version, schema, and migrations in their order', () => {
    const { manifest, stdout, stderr } = manifestOf(
      source({
        'prisma/schema.prisma': schemaText,
        'prisma/migrations/migration_lock.toml': 'provider = "postgresql"',
        'prisma/migrations/20260908_second/migration.sql': 'SELECT 2;',
        'prisma/migrations/20260901_first/migration.sql': 'SELECT 1;\r\n',
        'prisma/migrations/20260910_empty/notes.md': 'no SQL here',
      }),
    );
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(DIGEST);
    expect(manifest).toMatchObject({
      version: 1,
      service: 'backend',
      repository: 'backend',
      commit: 'a1b2c3d4',
      subject: 'Index documents by owner',
      committedAt: '2026-11-24T09:00:00Z',
      tag: 'a1b2c3d',
      digest: DIGEST,
      prismaVersion: '7.10.0',
      schema: [{ path: 'prisma/schema.prisma', text: schemaText }],
    });
    expect(manifest?.migrations).toEqual([
      { name: '20260901_first', checksum: sha256('SELECT 1;\r\n'), sql: 'SELECT 1;\r\n' },
      { name: '20260908_second', checksum: sha256('SELECT 2;'), sql: 'SELECT 2;' },
    ]);
  });

  test('has every file of a schema in several, and the migrations beside the datasource', () => {
    const { manifest } = manifestOf(
      source({
        'package.json': '{"name":"backend","prisma":{"schema":"database"}}',
        'database/base.prisma': schemaText,
        'database/models/user.prisma': 'model User { id Int @id }',
        'database/migrations/1_init/migration.sql': 'SELECT 1;',
      }),
    );
    expect(manifest?.schema.map(({ path }) => path)).toEqual([
      'database/base.prisma',
      'database/models/user.prisma',
    ]);
    expect(manifest?.migrations.map(({ name }) => name)).toEqual(['1_init']);
  });

  test('finds what prisma.config.ts puts elsewhere', () => {
    const { manifest } = manifestOf(
      source({
        'prisma.config.ts':
          "export default { schema: 'db/main.prisma' as string, migrations: { path: 'db/history' } };\n",
        'db/main.prisma': schemaText,
        'db/history/1_init/migration.sql': 'SELECT 1;',
      }),
    );
    expect(manifest?.schema.map(({ path }) => path)).toEqual(['db/main.prisma']);
    expect(manifest?.migrations.map(({ name }) => name)).toEqual(['1_init']);
  });

  test('asks Prisma’s own loader where there is one', () => {
    const { manifest } = manifestOf(
      source({
        'prisma.config.ts': 'enum OnlyPrismaReadsThis { Yes }\n',
        'node_modules/@prisma/config/package.json': '{"name":"@prisma/config","main":"index.js"}',
        'node_modules/@prisma/config/index.js':
          "exports.loadConfigFromFile = async ({ configRoot }) => ({ config: { schema: configRoot + '/x.prisma' } });",
        'x.prisma': schemaText,
      }),
    );
    expect(manifest?.schema.map(({ path }) => path)).toEqual(['x.prisma']);
    expect(manifest?.migrations).toEqual([]);
  });

  test('takes the digest of this repository, not of another that has the same image', () => {
    const other = `other.example/backend@sha256:${'cd'.repeat(32)}`;
    const { manifest } = manifestOf(source({ 'schema.prisma': schemaText }), [
      { RepoDigests: [other, `${URI}@${DIGEST}`] },
    ]);
    expect(manifest?.digest).toBe(DIGEST);
  });

  test.each([
    ['the image was not pushed', { 'schema.prisma': schemaText }, [{ RepoDigests: [] }], /was it pushed\?/],
    [
      'there is no schema',
      {},
      undefined,
      /there is no Prisma schema at schema\.prisma or prisma\/schema\.prisma/,
    ],
  ])('fails with a sentence where %s', (_, files: Files, inspected, sentence) => {
    const { status, stderr, manifest } = manifestOf(source(files), inspected);
    expect(status).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(manifest).toBeUndefined();
  });
});

/** The phases as CodeBuild runs them: one shell, a phase ends at its first failure, post_build comes all the same. */
function build(
  folder: string,
  { failing = '', variables = {} }: { failing?: string; variables?: object } = {},
) {
  const tools = join(folder, 'tools');
  const tool = (name: string, body: string) => {
    write(tools, {
      [name]: `#!/bin/bash\necho "${name} $*" >> "${folder}/calls"; echo "$PWD" >> "${folder}/places"\n[ "${name} $1" = "$FAILING" ] && exit 1\n${body}\nexit 0\n`,
    });
    chmodSync(join(tools, name), 0o755);
  };
  tool('npm', '');
  tool('npx', '');
  tool('aws', 'echo secret');
  tool(
    'docker',
    `[ "$1" = login ] && cat > /dev/null\n[ "$1 $2" = "image inspect" ] && echo '[{"RepoDigests":["${URI}@${DIGEST}"]}]'`,
  );

  const { install, pre_build, build: image, post_build } = BUILDSPEC.phases;
  const phase = (commands: readonly string[]) =>
    `if [ "$CODEBUILD_BUILD_SUCCEEDING" = 1 ]; then ${commands.map((command) => `{ ${command}\n}`).join(' && ')} || CODEBUILD_BUILD_SUCCEEDING=0; fi`;
  const script = [
    'CODEBUILD_BUILD_SUCCEEDING=1',
    ...[install, pre_build, image].map(({ commands }) => phase(commands)),
    ...post_build.commands,
    'echo "told=$?"',
    'echo "digest=$IMAGE_DIGEST"',
  ].join('\n');
  const ran = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: {
      HOME: folder,
      PATH: [tools, dirname(process.execPath), process.env['PATH']].join(delimiter),
      CODEBUILD_SRC_DIR: folder,
      FAILING: failing,
      ...VARIABLES,
      ...variables,
    },
  });
  const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  const said = (name: string) => new RegExp(`${name}=(.*)`).exec(ran.stdout)?.[1];
  const places = readFileSync(join(folder, 'places'), 'utf8').trim().split('\n');
  return {
    calls,
    places: places.map((place) => relative(folder, place)),
    digest: said('digest'),
    told: said('told'),
    stderr: ran.stderr,
  };
}

describe('the build', () => {
  test('installs, generates, checks, compiles, builds and pushes, in this order', () => {
    const folder = source({
      'package.json': '{"name":"backend","scripts":{"build":"tsc"}}',
      'prisma/schema.prisma': schemaText,
    });
    const { calls, digest, stderr } = build(folder);
    expect(stderr).toBe('');
    // The two sides of the sign-in's pipe start together: which of them writes its line first says nothing.
    calls.splice(4, 2, ...calls.slice(4, 6).sort());
    expect(calls).toEqual([
      'npm ci --no-audit --no-fund',
      'npx prisma generate',
      'npx tsc --noEmit',
      'npm run build',
      'aws ecr get-login-password',
      expect.stringMatching(/^docker login --username AWS --password-stdin 123456789012\.dkr/),
      `docker build --provenance=false --file Dockerfile --build-arg COMMIT=a1b2c3d4 --tag ${URI}:a1b2c3d ${folder}/services/backend`,
      `docker push ${URI}:a1b2c3d`,
      `docker image inspect ${URI}:a1b2c3d`,
    ]);
    expect(digest).toBe(DIGEST);
    expect(manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'release.json'), 'utf8'))).digest).toBe(
      DIGEST,
    );
  });

  test('of a service in a monorepo installs at the root, gives docker the root, and does the rest in its folder', () => {
    const { calls, places, digest } = build(source({ 'prisma/schema.prisma': schemaText }), {
      variables: { BUILD_CONTEXT: '.', WORKING_DIRECTORY: '.' },
    });
    expect(digest).toBe(DIGEST);
    expect(calls[3]).toBe('npx tsc');
    expect(calls.find((call) => call.startsWith('docker build'))).toMatch(
      /--file Dockerfile .* \/\S+\/\d+\/\.$/,
    );
    expect(new Set(places.slice(1))).toEqual(new Set(['services/backend']));
    expect(places[0]).toBe('');
  });

  test.each(['npm ci', 'npx tsc', 'docker build', 'docker push'])(
    'a failure of %s ends it, and nothing is told',
    (step) => {
      const folder = source({ 'prisma/schema.prisma': schemaText });
      const { calls, digest } = build(folder, { failing: step });
      expect(calls.at(-1)).toMatch(new RegExp(`^${step}`));
      expect(digest).toBe('');
      expect(existsSync(join(folder, 'release.json'))).toBe(false);
    },
  );

  test('a manifest that cannot be written fails it', () => {
    const { told, digest } = build(source({}));
    expect([told, digest]).toEqual(['1', '']);
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
