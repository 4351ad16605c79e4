/**
 * The deployment guide's lines as printed, in their order, on the embedded AWS: with the environments dev and production, in
 * a repository of the user's own, under the name that the guide knows the command by. The guide's `aws` lines go
 * through the real AWS CLI where it is installed, and through the SDK's same calls where it is not.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeServicesCommand,
  ECSClient,
  ListTasksCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lockstep, PROJECT, type Ran } from '../setup/command.ts';

const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-guide-'));
const world = join(folder, 'world');
const repository = join(folder, 'repository');
const variables: NodeJS.ProcessEnv = {};
const hasAwsCli = spawnSync('aws', ['--version']).status === 0;

/** A line of the guide, as it is printed there; quotes as a shell reads them. */
function semiont(line: string, more: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const [name, ...words] = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  expect(name).toBe('semiont');
  return lockstep(words, { directory: repository, variables: { ...variables, ...more } });
}

function git(...words: string[]): void {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  execFileSync('git', [...who, ...words], { cwd: repository, stdio: 'pipe' });
}

/** The project's own environment file, with times that a test can wait for. */
function environment(name: string): void {
  const json = JSON.parse(readFileSync(join(PROJECT, `environments/${name}.json`), 'utf8'));
  json.services.backend.health.bakeSeconds = 5;
  writeFileSync(join(repository, `environments/${name}.json`), `${JSON.stringify(json, null, 2)}\n`);
}

beforeAll(async () => {
  mkdirSync(join(repository, 'environments'), { recursive: true });
  cpSync(join(PROJECT, 'examples/backend'), join(repository, 'examples/backend'), {
    recursive: true,
    filter: (file) => !/[\\/](node_modules|dist|generated|\.env)$/.test(file),
  });
  environment('dev');
  environment('production');
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'The backend');
  const ran = await lockstep(['local', '--detach', '--folder', world, '--environments', 'dev,production']);
  if (ran.code !== 0) throw new Error(`${ran.stdout}\n${ran.stderr}`);
  const running = JSON.parse(readFileSync(join(world, 'running.json'), 'utf8')) as {
    endpoint: string;
    region: string;
  };
  Object.assign(variables, {
    AWS_ENDPOINT_URL: running.endpoint,
    AWS_REGION: running.region,
    AWS_DEFAULT_REGION: running.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    LOCKSTEP_ENV: undefined,
    SEMIONT_ENV: undefined,
  });
}, 3 * MINUTES);

afterAll(async () => {
  await lockstep(['local', 'stop', '--folder', world]);
  rmSync(folder, { recursive: true, force: true });
}, MINUTES);

/** With everything that was said where it did not. */
function wentWell(ran: Ran): void {
  if (ran.code !== 0) throw new Error(`exit code ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
}

describe('the guide', () => {
  let hash = '';

  test(
    'publishes to dev under the tag latest',
    async () => {
      const ran = await semiont('semiont publish --service backend --environment dev');
      wentWell(ran);
      expect(ran.stdout).toMatch(/^tag +latest$/m);
      expect(ran.stdout).toMatch(/^digest +sha256:[0-9a-f]{64}$/m);
      expect(ran.stdout).toMatch(/^migrations +\d+ new since the running release/m);
    },
    4 * MINUTES,
  );

  test(
    'publishes to production under the commit’s hash',
    async () => {
      const ran = await semiont('semiont publish --service backend --environment production');
      wentWell(ran);
      hash = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, encoding: 'utf8' }).trim();
      expect(ran.stdout).toContain(`tag         ${hash}`);
    },
    4 * MINUTES,
  );

  test(
    'updates the service and waits for it',
    async () => {
      const production = { SEMIONT_ENV: 'production' };
      const ran = await semiont('semiont update --service backend --wait', production);
      wentWell(ran);
      expect(ran.stdout).toMatch(
        /Succeeded in .* backend in production runs [0-9a-f]{7} \(backend-production:\d+\), healthy\.\n$/,
      );
    },
    4 * MINUTES,
  );

  test(
    'watches logs, checks, and publishes an earlier image again, in the environment that SEMIONT_ENV names',
    async () => {
      const production = { SEMIONT_ENV: 'production' };
      const logs = await semiont('semiont watch logs --service backend --since 10m', production);
      wentWell(logs);
      expect(logs.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} [0-9a-f]{4} {2}/m);
      const errors = await semiont(
        'semiont watch logs --service backend --since 5m --filter "ERROR"',
        production,
      );
      expect(errors.code).toBe(0);
      const followed = await semiont(
        'semiont watch logs --service backend --follow --timeout 2s',
        production,
      );
      wentWell(followed);
      const check = await semiont('semiont check --service backend', production);
      wentWell(check);
      expect(check.stdout).toContain('backend in production   healthy');
      const earlier = await semiont(`semiont publish --service backend --image-tag ${hash}`, production);
      wentWell(earlier);
      expect(earlier.stdout).not.toMatch(/^ {2}Build/m);
    },
    MINUTES,
  );

  test(
    `aws: update-service, list-tasks, describe-db-instances (${hasAwsCli ? 'the AWS CLI' : 'the SDK'})`,
    async () => {
      const at = {
        endpoint: variables['AWS_ENDPOINT_URL'] ?? '',
        region: variables['AWS_REGION'] ?? '',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      };
      const cluster = 'backend-production';
      const ecs = new ECSClient(at);
      const rds = new RDSClient(at);
      try {
        const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: ['backend'] }));
        const revision = services?.[0]?.taskDefinition ?? '';
        if (hasAwsCli) {
          const aws = (...words: string[]) => {
            const ran = spawnSync('aws', [...words, '--output', 'json'], {
              encoding: 'utf8',
              env: { ...process.env, ...variables, NODE_OPTIONS: '' },
            });
            if (ran.status !== 0) throw new Error(ran.stderr);
            return JSON.parse(ran.stdout);
          };
          const service = ['--cluster', cluster, '--service', 'backend'];
          aws('ecs', 'update-service', ...service, '--task-definition', revision.split('/').at(-1) ?? '');
          expect(
            aws('ecs', 'list-tasks', '--cluster', cluster, '--service-name', 'backend').taskArns,
          ).not.toHaveLength(0);
          expect(aws('rds', 'describe-db-instances').DBInstances).toHaveLength(2);
        } else {
          const taskDefinition = revision.split('/').at(-1);
          await ecs.send(new UpdateServiceCommand({ cluster, service: 'backend', taskDefinition }));
          const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, serviceName: 'backend' }));
          expect(taskArns).not.toHaveLength(0);
          expect((await rds.send(new DescribeDBInstancesCommand({}))).DBInstances).toHaveLength(2);
        }
      } finally {
        ecs.destroy();
        rds.destroy();
      }
    },
    MINUTES,
  );

  test(
    'plans, verifies, shows and lists what was done',
    async () => {
      const production = { SEMIONT_ENV: 'production' };
      const plan = await semiont('semiont plan --service backend', production);
      wentWell(plan);
      expect(plan.stdout).toContain('Nothing was changed.');
      const verified = await semiont('semiont verify', production);
      wentWell(verified);
      const history = await semiont('semiont history --service backend', production);
      const [id = ''] = /^[0-9a-f]{8}/m.exec(history.stdout) ?? [];
      const show = await semiont(`semiont show ${id.slice(0, 5)}`, production);
      wentWell(show);
      const metrics = await semiont('semiont watch metrics --service backend', production);
      expect(metrics.stdout).toMatch(/^requests/m);
    },
    MINUTES,
  );

  describe('bad input gets a sentence, its remedy and its exit code', () => {
    test.each([
      ['semiont chek', 1, /there is no verb "chek". Did you mean check\?/],
      ['semiont check --environment prodution', 1, /there are dev, production. Did you mean production\?/],
      ['semiont check --environment dev --service backand', 1, /did you mean backend\?/],
      ['semiont check', 1, /no environment is named/],
      ['semiont check --environment dev --environment production', 1, /--environment is given 2 times/],
      ['semiont show zzzz --environment dev', 1, /there is no deployment "zzzz" in dev/],
      [
        'semiont watch logs --environment production --filter "{ $.level"',
        1,
        /does not understand the filter/,
      ],
      ['semiont watch logs --environment production --since soon', 1, /"soon" is not a time/],
      ['semiont watch logs --environment production --task zzzz', 0, /There is no line/],
    ])('%s', async (line, code, sentence) => {
      const ran = await semiont(line);
      expect(ran.stderr).toMatch(sentence);
      expect(ran.stderr).not.toMatch(/^\s+at /m);
      expect(ran.code === code || (code === 1 && ran.code === 10)).toBe(true);
    });

    test('an endpoint that is gone', async () => {
      const ran = await semiont('semiont check --environment dev', {
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      });
      expect(ran.stderr).toMatch(/does not answer/);
      expect(ran.stderr).not.toMatch(/^\s+at /m);
      expect(ran.code).not.toBe(0);
    });
  });
});
