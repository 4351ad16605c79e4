/**
 * The deployment guide's lines as printed, in their order, on the embedded AWS: with the environments dev and production, in
 * a repository of the user's own, under the name that the guide knows the command by. The guide's `aws` lines go
 * through the real AWS CLI where it is installed, and through the SDK's same calls where it is not.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeServicesCommand,
  ECSClient,
  ExecuteCommandCommand,
  ListTasksCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from '@aws-sdk/client-ecs';
import {
  CreateDBSnapshotCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  waitUntilDBInstanceAvailable,
  waitUntilDBSnapshotAvailable,
} from '@aws-sdk/client-rds';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { lockstep, type Options, PROJECT, type Ran } from '../setup/command.ts';
import { copyBackend, startLocal, stopLocal, variablesOf } from '../setup/local.ts';
import { SessionClient } from '../setup/session-client.ts';

const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-guide-'));
const world = join(folder, 'world');
const repository = join(folder, 'repository');
const variables: NodeJS.ProcessEnv = {};
const hasAwsCli = spawnSync('aws', ['--version']).status === 0;
const hasPlugin = hasAwsCli && spawnSync('session-manager-plugin', ['--version']).status === 0;

/** A line of the guide, as it is printed there; quotes as a shell reads them. */
function semiont(line: string, more: NodeJS.ProcessEnv = {}, seeing: Options = {}): Promise<Ran> {
  const [name, ...words] = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  expect(name).toBe('semiont');
  return lockstep(words, { ...seeing, directory: repository, variables: { ...variables, ...more } });
}

/** A line of the guide for the AWS CLI: that one runs it where it is installed, and the SDK makes the same call where not. */
async function aws<Output>(line: string, call: () => Promise<Output>): Promise<Output> {
  if (!hasAwsCli) return call();
  const [, ...words] = line.split(/\s+/);
  const ran = spawnSync('aws', [...words, '--output', 'json'], { encoding: 'utf8', env: cliVariables() });
  if (ran.status !== 0) throw new Error(`${line}\n${ran.stderr}`);
  return (ran.stdout ? JSON.parse(ran.stdout) : {}) as Output;
}

function cliVariables(): NodeJS.ProcessEnv {
  return { ...process.env, ...variables, NODE_OPTIONS: '' };
}

/** `aws ecs execute-command` hands the session to its plugin, which a terminal talks to; what is shown there is returned. */
async function sessionOf(ecs: ECSClient, task: string, command: string): Promise<string> {
  const line = `aws ecs execute-command --cluster backend-production --task ${task} --container backend --interactive --command`;
  if (hasPlugin) {
    // Its standard input stays open: at its end the plugin would leave.
    const child = spawn('aws', [...line.split(' ').slice(1), command], { env: cliVariables() });
    let shown = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
      });
    await new Promise((resolve) => child.once('close', resolve));
    return shown;
  }
  const { session } = await ecs.send(
    new ExecuteCommandCommand({
      cluster: 'backend-production',
      task,
      container: 'backend',
      interactive: true,
      command,
    }),
  );
  const client = new SessionClient(session ?? {});
  await client.closed.promise;
  return client.output;
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
  copyBackend(repository);
  environment('dev');
  environment('production');
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'The backend');
  const running = await startLocal(world, 'dev,production');
  Object.assign(variables, variablesOf(running), { AWS_DEFAULT_REGION: running.region });
}, 3 * MINUTES);

afterAll(async () => {
  await stopLocal(world);
  rmSync(folder, { recursive: true, force: true });
}, MINUTES);

/** With everything that was said where it did not. */
function wentWell(ran: Ran): void {
  if (ran.code !== 0) throw new Error(`exit code ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
}

function head(): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, encoding: 'utf8' }).trim();
}

/** The revision that its last line names. */
function releasedBy(ran: Ran): string {
  const [, revision = ''] =
    /^Succeeded in .* backend in production runs [0-9a-f]{7} \((backend-production:\d+)\), healthy\.$/m.exec(
      ran.stdout,
    ) ?? [];
  if (!revision) throw new Error(ran.stdout);
  return revision;
}

/** Asked as a person would who has restored a snapshot beside: with the user and password of the service’s secret. */
async function migrationsIn(rds: RDSClient, instance: string): Promise<unknown[]> {
  const found = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: instance }));
  const { Endpoint, DBName } = found.DBInstances?.[0] ?? {};
  const secrets = new SecretsManagerClient({
    endpoint: variables['AWS_ENDPOINT_URL'] ?? '',
    region: variables['AWS_REGION'] ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const secret = await secrets.send(new GetSecretValueCommand({ SecretId: 'backend-production/database' }));
  secrets.destroy();
  const { username: user, password } = JSON.parse(secret.SecretString ?? '{}');
  const host = Endpoint?.Address ?? '';
  const place = { host, port: Endpoint?.Port ?? 0, database: DBName ?? '', user, password };
  const client = new pg.Client({ ...place, ssl: { rejectUnauthorized: false } });
  await client.connect();
  const { rows } = await client.query(
    'SELECT migration_name, checksum FROM _prisma_migrations ORDER BY migration_name',
  );
  await client.end();
  expect(rows.length).toBeGreaterThan(0);
  return rows;
}

describe('the guide', () => {
  const production = { SEMIONT_ENV: 'production' };
  /** What the clients below are made with, once the world is there. */
  const at = () => ({
    endpoint: variables['AWS_ENDPOINT_URL'] ?? '',
    region: variables['AWS_REGION'] ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  let previousHash = '';
  let previousRevision = '';
  let newestRevision = '';

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
      previousHash = head();
      expect(ran.stdout).toContain(`tag         ${previousHash}`);
    },
    4 * MINUTES,
  );

  test(
    'updates the service and waits for it',
    async () => {
      const ran = await semiont('semiont update --service backend --wait', production);
      wentWell(ran);
      previousRevision = releasedBy(ran);
    },
    4 * MINUTES,
  );

  test(
    'ships the next commit, and publishes the previous image again without building it',
    async () => {
      git('commit', '--quiet', '--allow-empty', '--message', 'The next one');
      wentWell(await semiont('semiont publish --service backend --environment production'));
      // Ctrl-C lets go of it, and anybody attaches again.
      let interrupt = () => undefined as unknown;
      const left = await semiont('semiont update --service backend --wait', production, {
        onStart: (child) => {
          interrupt = () => child.kill('SIGINT');
        },
        onLine: (one) => {
          if (/^ {2}UpdateService +ok/.test(one)) interrupt();
        },
      });
      expect(left).toMatchObject({ code: 16, stdout: expect.stringContaining('the deployment goes on') });
      const [, id = ''] = /lockstep show ([0-9a-f]{8}) --follow/.exec(left.stdout) ?? [];
      const ran = await semiont(`semiont show ${id} --follow`, production);
      wentWell(ran);
      newestRevision = releasedBy(ran);
      expect(newestRevision).not.toBe(previousRevision);
      const earlier = await semiont(
        `semiont publish --service backend --image-tag ${previousHash}`,
        production,
      );
      wentWell(earlier);
      expect(earlier.stdout).not.toMatch(/^ {2}Build/m);
      expect(earlier.stdout).toContain(`tag         ${previousHash}`);
    },
    5 * MINUTES,
  );

  test(
    'watches logs and checks, in the environment that SEMIONT_ENV names',
    async () => {
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
      expect(check.stdout).not.toContain('brought by Lockstep');
    },
    MINUTES,
  );

  test(
    `goes back by hand, by aws ecs update-service (${hasAwsCli ? 'the AWS CLI' : 'the SDK'}), and everything says so`,
    async () => {
      const ecs = new ECSClient(at());
      try {
        await aws(
          `aws ecs update-service --cluster backend-production --service backend --task-definition ${previousRevision}`,
          () =>
            ecs.send(
              new UpdateServiceCommand({
                cluster: 'backend-production',
                service: 'backend',
                taskDefinition: previousRevision,
              }),
            ),
        );
        const under = await semiont('semiont check --service backend', production);
        expect(under.stdout).toMatch(new RegExp(`rollout +ECS is bringing ${previousRevision}`));
        const service = { cluster: 'backend-production', services: ['backend'] };
        await waitUntilServicesStable({ client: ecs, maxWaitTime: 120, minDelay: 1, maxDelay: 2 }, service);
        const { services } = await ecs.send(new DescribeServicesCommand(service));
        expect(services?.[0]?.taskDefinition).toMatch(new RegExp(`/${previousRevision}$`));
      } finally {
        ecs.destroy();
      }
      const short = previousHash.slice(0, 7);
      const check = await semiont('semiont check --service backend', production);
      wentWell(check);
      expect(check.stdout).toMatch(new RegExp(`healthy +${short} .*${previousRevision}`));
      expect(check.stdout.replace(/\s+/g, ' ')).toContain(
        `${previousRevision} was not brought by Lockstep, whose last release here was`,
      );
      const plan = await semiont('semiont plan --service backend', production);
      wentWell(plan);
      expect(plan.stdout).toMatch(new RegExp(`^now +${short} +${previousRevision}`, 'm'));
      // What was left by hand must not come back by itself.
      expect(plan.stdout).toMatch(new RegExp(`^back to +${short} \\(${previousRevision}\\)`, 'm'));
      const history = await semiont('semiont history --service backend', production);
      expect(history.stdout).toMatch(
        new RegExp(`^- .* outside +${previousRevision}, changed outside of Lockstep$`, 'm'),
      );
      expect(history.stdout.match(/^- /gm)).toHaveLength(1);
      const back = await semiont('semiont rollback --service backend --yes', production);
      expect(back).toMatchObject({ code: 10, stderr: expect.stringContaining('before the one that runs') });
    },
    4 * MINUTES,
  );

  test(
    `aws ecs list-tasks, and execute-command in one of them (${hasPlugin ? 'the session-manager-plugin' : 'its protocol'})`,
    async () => {
      const ecs = new ECSClient(at());
      try {
        const { taskArns = [] } = await aws(
          'aws ecs list-tasks --cluster backend-production --service-name backend',
          () => ecs.send(new ListTasksCommand({ cluster: 'backend-production', serviceName: 'backend' })),
        );
        expect(taskArns).toHaveLength(2);
        const shown = await sessionOf(ecs, taskArns[0] ?? '', 'ls prisma && echo $NODE_ENV $((6 * 7))');
        expect(shown).toContain('migrations');
        expect(shown).toContain('production 42');
      } finally {
        ecs.destroy();
      }
    },
    MINUTES,
  );

  test(
    'aws rds describe-db-instances, and restore-db-instance-from-db-snapshot beside the one that serves',
    async () => {
      const rds = new RDSClient(at());
      const id = 'backend-production';
      try {
        const instances = await aws('aws rds describe-db-instances', () =>
          rds.send(new DescribeDBInstancesCommand({})),
        );
        expect(instances.DBInstances?.map((one) => one.DBInstanceIdentifier).sort()).toEqual([
          'backend-dev',
          id,
        ]);
        const snapshot = 'before-orders';
        await aws(
          `aws rds create-db-snapshot --db-instance-identifier ${id} --db-snapshot-identifier ${snapshot}`,
          () =>
            rds.send(
              new CreateDBSnapshotCommand({ DBInstanceIdentifier: id, DBSnapshotIdentifier: snapshot }),
            ),
        );
        const wait = { client: rds, maxWaitTime: 120, minDelay: 1, maxDelay: 2 };
        await waitUntilDBSnapshotAvailable(wait, { DBSnapshotIdentifier: snapshot });
        const restored = `${id}-restored`;
        await aws(
          `aws rds restore-db-instance-from-db-snapshot --db-instance-identifier ${restored} --db-snapshot-identifier ${snapshot}`,
          () =>
            rds.send(
              new RestoreDBInstanceFromDBSnapshotCommand({
                DBInstanceIdentifier: restored,
                DBSnapshotIdentifier: snapshot,
              }),
            ),
        );
        await waitUntilDBInstanceAvailable(wait, { DBInstanceIdentifier: restored });
        expect(await migrationsIn(rds, restored)).toEqual(await migrationsIn(rds, id));
      } finally {
        rds.destroy();
      }
    },
    2 * MINUTES,
  );

  test(
    'plans, verifies, shows and lists what was done',
    async () => {
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
      expect(ran.code).toBe(code);
    });

    test('an endpoint that is gone', async () => {
      const ran = await semiont('semiont check --environment dev', {
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      });
      expect(ran.stderr).toMatch(/does not answer/);
      expect(ran.stderr).not.toMatch(/^\s+at /m);
      expect(ran.code).toBe(1);
    });
  });
});
