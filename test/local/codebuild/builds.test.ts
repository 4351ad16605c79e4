import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatchGetBuildsCommand, CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { VirtualClock } from '../../../local/clock.ts';
import { unpackArchive } from '../../../local/services/codebuild/archive/unpack.ts';
import { readZip, writeZip } from '../../../local/services/codebuild/archive/zip.ts';
import { pushScriptedImage, scriptBuilds } from '../../../local/services/codebuild/service.ts';
import { openTestWorld } from '../../setup/world.ts';
import { finished, furnish, SERVICES } from './project.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-builds-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the docker lines of a buildspec make an image that is in ECR by the digest that docker tells', async () => {
  const world = await openTestWorld({ services: SERVICES });
  const buildspec = `version: 0.2
env:
  shell: bash
  exported-variables: [IMAGE_DIGEST]
phases:
  build:
    commands:
      - |
        cat > Dockerfile <<'END'
        FROM node:24-slim
        ARG COMMIT
        ENV COMMIT=\${COMMIT}
        WORKDIR /app
        RUN npm --version && node -e "require('fs').writeFileSync('made.txt', process.version)"
        CMD ["node", "-p", "1"]
        END
      - aws ecr get-login-password | docker login --username AWS --password-stdin "$(cut -d/ -f1 <<< "$URI")"
      - docker build --provenance=false --build-arg COMMIT=abc -t "$URI:abc" .
      - docker tag "$URI:abc" "$URI:latest"
      - docker push "$URI:abc" && docker push "$URI:latest"
      - IMAGE_DIGEST="$(docker inspect --format '{{index .RepoDigests 0}}' "$URI:abc")" && export IMAGE_DIGEST="\${IMAGE_DIGEST#*@}"
      - '! docker run "$URI:abc"'
      - docker buildx build --provenance=false --push --metadata-file meta.json -t "$URI:again" . && grep -q "$IMAGE_DIGEST" meta.json || test -s meta.json
`;
  const { repositoryUri, codebuild } = await furnish(world, buildspec);
  await world.start();
  const { build } = await codebuild.send(
    new StartBuildCommand({
      projectName: 'images',
      environmentVariablesOverride: [{ name: 'URI', value: repositoryUri }],
    }),
  );
  const done = await finished(codebuild, build?.id ?? '');
  expect(
    done.phases?.flatMap(({ contexts }) => contexts ?? []).filter(({ statusCode }) => statusCode),
  ).toEqual([]);
  const digest = done.exportedEnvironmentVariables?.[0]?.value;
  const { imageDetails } = await new ECRClient(world.client).send(
    new DescribeImagesCommand({ repositoryName: 'app', imageIds: [{ imageTag: 'abc' }] }),
  );
  expect(imageDetails).toMatchObject([{ imageDigest: digest, imageTags: ['abc', 'latest'] }]);

  const unpacked = await world.ports.images.pull(`${repositoryUri}@${digest}`);
  expect(unpacked.config).toMatchObject({
    WorkingDir: '/app',
    Cmd: ['node', '-p', '1'],
    Env: expect.arrayContaining(['COMMIT=abc']),
  });
  expect(readFileSync(join(unpacked.root, 'app/made.txt'), 'utf8')).toBe(process.version);
  await world.close();
});

test('a build that ran when the embedded AWS ended is a fault, and nothing of it runs on', async () => {
  const place = join(folder, 'kept');
  const first = await openTestWorld({ services: SERVICES, folder: place });
  const { codebuild } = await furnish(
    first,
    'version: 0.2\nphases:\n  build:\n    commands:\n      - exec sleep 987\n',
  );
  await first.start();
  const { build } = await codebuild.send(new StartBuildCommand({ projectName: 'images' }));
  const id = build?.id ?? '';
  const phase = async () =>
    (await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }))).builds?.[0]?.currentPhase;
  while ((await phase()) !== 'BUILD') await new Promise((resolve) => setTimeout(resolve, 20));
  await first.close();
  expect(execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' })).not.toMatch(/^[^Z\n].*sleep 987$/m);

  const second = await openTestWorld({ services: SERVICES, folder: place });
  await second.start();
  const after = await finished(new CodeBuildClient(second.client), id);
  expect(after.buildStatus).toBe('FAULT');
  expect(after.phases?.find(({ phaseType }) => phaseType === 'BUILD')?.contexts?.[0]?.message).toBe(
    'The embedded AWS ended while the build ran. Start the build again.',
  );
  await second.close();
});

test('a scripted build takes virtual time only, and leaves an image, exports and artifacts', async () => {
  const clock = new VirtualClock();
  const world = await openTestWorld({ services: SERVICES, clock, volatile: true });
  const { codebuild } = await furnish(world, 'version: 0.2\nphases: {}\n', {
    Type: 'S3',
    Location: 'artefacts',
    Path: 'builds',
    Name: '/',
    Packaging: 'NONE',
  });
  await world.start();
  scriptBuilds(clock, ({ variables, world: inner }) => ({
    seconds: 150,
    effect: async () => ({
      IMAGE_DIGEST: await pushScriptedImage(inner, 'app', variables['TAG'] ?? 'none', 'content'),
    }),
    artifacts: (exported) => ({ 'release.json': JSON.stringify(exported) }),
  }));
  const { build } = await codebuild.send(
    new StartBuildCommand({
      projectName: 'images',
      environmentVariablesOverride: [{ name: 'TAG', value: 'abc' }],
    }),
  );
  await clock.sleep(200_000);
  const done = await finished(codebuild, build?.id ?? '');
  expect(done.buildStatus).toBe('SUCCEEDED');
  expect(done.phases?.find(({ phaseType }) => phaseType === 'BUILD')?.durationInSeconds).toBe(150);
  const [exported] = done.exportedEnvironmentVariables ?? [];
  const { imageDetails } = await new ECRClient(world.client).send(
    new DescribeImagesCommand({ repositoryName: 'app', imageIds: [{ imageTag: 'abc' }] }),
  );
  expect(imageDetails?.[0]?.imageDigest).toBe(exported?.value);
  const s3 = new S3Client({ ...world.client, forcePathStyle: true });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'artefacts', Key: 'builds/release.json' }));
  expect(JSON.parse((await Body?.transformToString()) ?? '')).toEqual({ IMAGE_DIGEST: exported?.value });

  scriptBuilds(clock, () => ({
    seconds: 10,
    log: ['src/a.ts(1,1): error TS2322'],
    fails: {
      phase: 'PRE_BUILD',
      statusCode: 'COMMAND_EXECUTION_ERROR',
      message: 'Error while executing command: npx tsc. Reason: exit status 2',
    },
  }));
  const bad = await codebuild.send(new StartBuildCommand({ projectName: 'images' }));
  await clock.sleep(20_000);
  expect((await finished(codebuild, bad.build?.id ?? '')).buildStatus).toBe('FAILED');
  await world.close();
});

test('zip archives come back as they were written, and a damaged one is told', () => {
  const files = [
    { path: 'a/b.txt', bytes: Buffer.from('x'.repeat(1000)) },
    { path: 'run.sh', bytes: Buffer.from('#!/bin/sh'), mode: 0o100755 },
  ];
  const archive = writeZip(files);
  expect(readZip(archive)).toMatchObject([
    { path: 'a/b.txt', mode: 0o100644 },
    { path: 'run.sh', mode: 0o100755 },
  ]);
  expect(archive.equals(writeZip(files))).toBe(true);
  expect(() => readZip(archive.subarray(0, archive.length - 10))).toThrow('no end record');
  const damaged = Buffer.from(archive);
  damaged[40] = (damaged[40] ?? 0) ^ 0xff;
  expect(() => readZip(damaged)).toThrow();
});

test.each([
  ['git archive --format=zip', ['archive', '--format=zip', '-o']],
  ['git archive --format=tar.gz', ['archive', '--format=tar.gz', '-o']],
])(
  'a source of %s is unpacked with its modes and links, and one that climbs out is refused',
  async (_, args) => {
    const place = mkdtempSync(join(folder, 'git-'));
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...words], { cwd: place });
    git('init', '-q');
    writeFileSync(join(place, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    execFileSync('ln', ['-s', 'run.sh', join(place, 'link')]);
    git('add', '.');
    git('commit', '-q', '-m', 'x');
    const archive = join(place, 'archive');
    git(...args, archive, 'HEAD');
    const target = join(place, 'out');
    execFileSync('mkdir', [target]);
    await unpackArchive(archive, target);
    expect(
      execFileSync('sh', ['-c', 'test -x run.sh && readlink link'], { cwd: target, encoding: 'utf8' }),
    ).toBe('run.sh\n');

    writeFileSync(archive, writeZip([{ path: '../outside', bytes: Buffer.from('x') }]));
    await expect(unpackArchive(archive, target)).rejects.toThrow('../outside lies outside the archive');
  },
);

test('npm ci of the same lock file is taken from before, until a build has changed what is kept', async () => {
  const project = mkdtempSync(join(folder, 'npm-'));
  const bin = fileURLToPath(new URL('../../../local/services/codebuild/bin', import.meta.url));
  // A folder of the project's own is the one package that needs no registry; npm is asked for by its name only.
  const fake = join(project, 'bin');
  execFileSync('mkdir', [fake]);
  writeFileSync(
    join(fake, 'npm'),
    '#!/bin/sh\nmkdir -p node_modules/a && echo "$$" > node_modules/a/file && echo "npm $*"\n',
    { mode: 0o755 },
  );
  writeFileSync(join(project, 'package.json'), '{"scripts":{"build":"x"}}');
  writeFileSync(join(project, 'package-lock.json'), '{}');
  const environment = {
    PATH: `${bin}:${dirname(process.execPath)}:${fake}:/usr/bin:/bin`,
    LOCKSTEP_BUILD_CACHE: join(project, 'cache'),
  };
  const npm = (...args: string[]) =>
    execFileSync(join(bin, 'npm'), args, { cwd: project, env: environment, encoding: 'utf8' });
  const file = () => readFileSync(join(project, 'node_modules/a/file'), 'utf8');

  expect(npm('ci', '--no-audit')).toBe('npm ci --no-audit\n');
  const first = file();
  expect(npm('ci', '--no-audit')).toBe('taken from an earlier `npm ci` of the same lock file\n');
  expect(file()).toBe(first);
  expect(npm('ci')).toBe('npm ci\n');
  expect(npm('run', 'build')).toBe('npm run build\n');

  writeFileSync(join(project, 'node_modules/a/file'), 'changed in place');
  expect(npm('ci')).toBe('npm ci\n');

  writeFileSync(join(project, 'package.json'), '{"scripts":{"prepare":"x"}}');
  npm('ci');
  expect(npm('ci')).toBe('npm ci\n');
});
