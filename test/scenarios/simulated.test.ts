/**
 * A whole deployment in virtual time: the synthesized stack, its state machine, its functions' bundles under their own
 * roles, the real scheduler of services; builds and tasks are scripts. There is no database to ask in such a world:
 * migrations are other scenarios' business.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { VirtualClock } from '../../local/clock.ts';
import { readAssembly } from '../../local/provision/assembly.ts';
import { provision } from '../../local/provision/provision.ts';
import { type Behaviour, simulated } from '../../local/runtimes/simulated/runtime.ts';
import { pushScriptedImage, scriptBuilds } from '../../local/services/codebuild/service.ts';
import type { OpenWorld } from '../../local/world.ts';
import { synthesize } from '../../scripts/synth.ts';
import { PROJECT } from '../setup/command.ts';
import { openTestWorld, type TestWorld } from '../setup/world.ts';

const REGION = 'eu-central-1';
const BUILD_SECONDS = 140;
/**
 * For both deployments together. Of processor time, functions included (they are threads of this process), because
 * real time is what the machine's other work makes of it: some five seconds on two cores that do nothing else.
 */
const WITHIN_SECONDS = 15;

const environment = JSON.parse(readFileSync(join(PROJECT, 'environments/local.json'), 'utf8'));
const { backend } = environment.services;
const { statusPath: _, statusTokenSecret: __, ...health } = backend.health;
const { database: ___, ...service } = backend;
const configuration = {
  ...environment,
  services: { backend: { ...service, health: { ...health, bakeSeconds: 60 } } },
};

const well: Behaviour = { boot: 2_000 };
const ill: Behaviour = { ...well, answer: () => ({ status: 503 }) };

/** Builds take their time of the clock and leave an image and a manifest; the subject line says how its tasks behave. */
function script(clock: VirtualClock, behaviours: Map<string, Behaviour>): void {
  scriptBuilds(clock, ({ variables, world }) => ({
    seconds: BUILD_SECONDS,
    effect: async () => {
      const { REPOSITORY = '', IMAGE_TAG = '', COMMIT = '', SUBJECT } = variables;
      const digest = await pushScriptedImage(world, REPOSITORY, IMAGE_TAG, COMMIT);
      behaviours.set(digest, SUBJECT === 'ill' ? ill : well);
      return { IMAGE_DIGEST: digest };
    },
    artifacts: ({ IMAGE_DIGEST }) => ({
      'release.json': JSON.stringify({
        version: 1,
        service: variables['SERVICE'],
        repository: variables['REPOSITORY'],
        commit: variables['COMMIT'],
        subject: variables['SUBJECT'],
        committedAt: variables['COMMITTED_AT'],
        builtAt: new Date(clock.now()).toISOString(),
        tag: variables['IMAGE_TAG'],
        digest: IMAGE_DIGEST,
        prismaVersion: '7.10.0',
        schema: [],
        migrations: [],
      }),
    }),
  }));
}

async function deploy(world: TestWorld & OpenWorld, subject: 'well' | 'ill') {
  const { clock, account } = world;
  const settings = { ...world.client, region: REGION };
  const sfn = new SFNClient({ ...settings, disableHostPrefix: true });
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const commit = createHash('sha1').update(subject).digest('hex');
  const key = `sources/backend/${commit}.zip`;
  const bucket = `lockstep-local-artefacts-${account}-${REGION}`;
  await clock.during(
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'nobody looks into it' })),
  );
  const began = clock.now();
  const committedAt = new Date(began).toISOString();
  const request = { version: 1, service: 'backend', environment: 'local', commit, subject, committedAt };
  const { executionArn } = await clock.during(
    sfn.send(
      new StartExecutionCommand({
        stateMachineArn: `arn:aws:states:${REGION}:${account}:stateMachine:lockstep-local-deploy`,
        name: `backend-local-${subject}`,
        input: JSON.stringify({ ...request, source: { key }, configuration }),
      }),
    ),
  );
  for (;;) {
    const { status, error, output } = await clock.during(
      sfn.send(new DescribeExecutionCommand({ executionArn })),
    );
    if (status !== 'RUNNING') return { status, error, output, minutes: (clock.now() - began) / 60_000 };
    await clock.sleep(10_000);
  }
}

test('a good release and one that is rolled back take minutes of the clock, and seconds of a processor', async () => {
  const { folder } = await synthesize({ environments: ['local'] });
  const clock = new VirtualClock(Date.UTC(2026, 10, 24, 9));
  const behaviours = new Map<string, Behaviour>();
  const runtime = simulated(({ unpacked }) => behaviours.get(unpacked.digest) ?? well);
  const world = await openTestWorld({ clock, region: REGION, volatile: true, runtime });
  try {
    script(clock, behaviours);
    await provision({ world, assembly: readAssembly(folder), stacks: ['backend-local', 'lockstep-local'] });
    await world.start();
    const began = process.cpuUsage();
    const good = await deploy(world, 'well');
    const bad = await deploy(world, 'ill');
    const { user, system } = process.cpuUsage(began);
    const seconds = (user + system) / 1_000_000;
    const ecr = new ECRClient({ ...world.client, region: REGION });
    const { imageDetails } = await clock.during(
      ecr.send(new DescribeImagesCommand({ repositoryName: 'backend-local' })),
    );
    const proven = imageDetails
      ?.flatMap(({ imageTags }) => imageTags ?? [])
      .filter((tag) => tag.startsWith('proven-'));
    const digest = /"digest":"sha256:([0-9a-f]{12})/.exec(good.output ?? '')?.[1];
    expect(proven).toEqual([`proven-${digest}`]);
    expect([good.status, bad.status, bad.error]).toEqual(['SUCCEEDED', 'FAILED', 'rolled-back']);
    // The build, and the time for which a release has to stay healthy.
    expect(good.minutes).toBeGreaterThan((BUILD_SECONDS + 60) / 60);
    expect(bad.minutes).toBeGreaterThan(BUILD_SECONDS / 60);
    expect(seconds).toBeLessThan(WITHIN_SECONDS);
  } finally {
    await world.close();
  }
}, 180_000);
