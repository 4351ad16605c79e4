// A service among others in one repository: one lock file, a Dockerfile that copies from beside the service.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StartBuildCommand } from '@aws-sdk/client-codebuild';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { parseEnvironment } from '../../../core/environment.ts';
import { settingsOf } from '../../../core/plan.ts';
import { manifestSchema } from '../../../core/release.ts';
import { BUILDSPEC } from '../../../infra/buildspec.ts';
import { startInput } from '../../../lambdas/build/start.ts';
import { DEPLOYMENT, PLAN } from '../../setup/function.ts';
import { openTestWorld } from '../../setup/world.ts';
import { finished, furnish, SERVICES } from './project.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-monorepo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A workspace with a command, in the place of a package from the registry: it says where it was run and with what. */
const tool = (name: string, command: string) => ({
  [`tools/${name}/package.json`]: JSON.stringify({
    name,
    version: '7.10.0',
    bin: { [command]: 'run.cjs' },
  }),
  [`tools/${name}/run.cjs`]: `#!/usr/bin/env node\nconsole.log('ran ${command}', process.argv.slice(2).join(' '), 'in', require('node:path').basename(process.cwd()));\n`,
});

const FILES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'shop',
    private: true,
    workspaces: ['packages/*', 'services/*', 'tools/*'],
  }),
  'packages/greeting/package.json': JSON.stringify({ name: 'greeting', version: '1.0.0', main: 'index.js' }),
  'packages/greeting/index.js': "exports.greet = () => 'hello from beside';\n",
  'services/api/package.json': JSON.stringify({
    name: 'api',
    version: '1.0.0',
    dependencies: { greeting: '1.0.0', prisma: '7.10.0', typescript: '7.10.0' },
    scripts: { build: 'tsc --build && mkdir -p dist && cp main.js dist/' },
  }),
  'services/api/main.js': "console.log(require('greeting').greet());\n",
  'services/api/prisma/schema.prisma': 'datasource db {\n  provider = "postgresql"\n}\n',
  'services/api/prisma/migrations/1_init/migration.sql': 'CREATE TABLE a (id int);\n',
  ...tool('prisma', 'prisma'),
  ...tool('typescript', 'tsc'),
  'docker/api.Dockerfile': [
    'FROM node:24-slim',
    'WORKDIR /app',
    'COPY package.json package-lock.json ./',
    'COPY packages ./packages',
    'COPY tools ./tools',
    'COPY services/api ./services/api',
    'RUN npm ci --omit=dev',
    'RUN node services/api/dist/main.js > said.txt',
    'CMD ["node", "services/api/dist/main.js"]',
  ].join('\n'),
  '.dockerignore': '**/node_modules\n',
};

function sourceArchive(): Buffer {
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: path.endsWith('.cjs') ? 0o755 : 0o644 });
  }
  const run = (program: string, ...words: string[]) => execFileSync(program, words, { cwd: folder });
  // Every package is a workspace: no registry is asked.
  run('npm', 'install', '--package-lock-only', '--ignore-scripts', '--offline', '--no-audit', '--no-fund');
  run('git', 'init', '--quiet');
  run('git', 'add', '.');
  run('git', '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--quiet', '--message', 'x');
  return run('git', 'archive', '--format=zip', 'HEAD');
}

test('a service of a monorepo is built from the repository’s root by the very buildspec of the stack', async () => {
  const parsed = parseEnvironment({
    deployment: { imageTagStrategy: 'immutable', autoScale: false, minTasks: 1, maxTasks: 1 },
    resources: { cpu: 256, memory: 512 },
    aws: { region: 'eu-central-1' },
    services: {
      api: {
        cluster: 'c',
        port: 4000,
        path: 'services/api',
        dockerfile: '../../docker/api.Dockerfile',
        build: { context: '.', workingDirectory: '.' },
        repository: 'app',
      },
    },
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const settings = settingsOf(parsed.environment, 'dev', 'api');
  if (!settings) throw new Error('no settings');

  const world = await openTestWorld({ services: SERVICES });
  const { repositoryUri, codebuild } = await furnish(world, JSON.stringify(BUILDSPEC));
  await world.start();
  const s3 = new S3Client({ ...world.client, forcePathStyle: true });
  const sourceKey = 'sources/api/commit.zip';
  await s3.send(new PutObjectCommand({ Bucket: 'artefacts', Key: sourceKey, Body: sourceArchive() }));
  Object.assign(process.env, { ARTEFACTS_BUCKET: 'artefacts', BUILD_PROJECT: 'images' });
  const plan = { ...PLAN, settings, sourceKey, repositoryUri };
  const { build } = await codebuild.send(new StartBuildCommand(startInput(DEPLOYMENT, plan)));
  const done = await finished(codebuild, build?.id ?? '');
  const problems = done.phases
    ?.flatMap(({ contexts }) => contexts ?? [])
    .filter(({ statusCode }) => statusCode);
  expect(problems).toEqual([]);

  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: 'artefacts', Key: `builds/${DEPLOYMENT.id}/release.json` }),
  );
  const manifest = manifestSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
  expect(manifest).toMatchObject({
    prismaVersion: '7.10.0',
    schema: [{ path: 'prisma/schema.prisma' }],
    migrations: [{ name: '1_init' }],
  });
  const image = await world.ports.images.pull(`${repositoryUri}@${manifest.digest}`);
  expect(readFileSync(join(image.root, 'app/said.txt'), 'utf8')).toBe('hello from beside\n');
  await world.close();
});
