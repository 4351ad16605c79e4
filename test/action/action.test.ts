/** The action as a runner runs it: the bundle, as a process, with a runner's variables and the CI role's key. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findEntry } from '../../aws/journal.ts';
import type { Running } from '../../core/plan.ts';
import { type Ending, openStage, RISKY } from './stage.ts';

let stage: Awaited<ReturnType<typeof openStage>>;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage?.close());

const running = (commit: string | null): Running => ({
  taskDefinition: `arn:aws:ecs:eu-central-1:000000000000:task-definition/backend-production:42`,
  revision: 'backend-production:42',
  image: 'backend@sha256:1',
  digest: null,
  commit,
  committedAt: null,
});
const succeeded = (): Ending => ({
  outcome: {
    verdict: 'succeeded',
    sentence: 'Succeeded. backend runs a1b2c3d (backend-production:42), healthy.',
    running: running(stage.commit),
    reason: null,
    remedy: null,
  },
});
const waits = (line: string): boolean => line.includes('1 of 2 targets answer');
const short = () => stage.commit.slice(0, 7);

test('a job starts a deployment under its run’s name, shows it in groups and ends with its verdict', async () => {
  const ran = await stage.run('100', 1, {
    inputs: { 'override-freeze': 'the shop is down' },
    onLine: (line) => {
      if (waits(line)) stage.end(succeeded());
    },
  });
  expect(ran.log).toContain(`execution backend-production-${short()}-run100-1`);
  expect(ran.log).toMatch(
    /::group::VerifyHealth\n {2}VerifyHealth +waiting.*1 of 2 targets answer.*\n::endgroup::\n {2}VerifyHealth +ok/,
  );
  expect(ran.code).toBe(0);
  expect(ran.outputs).toMatchObject({
    verdict: 'succeeded',
    'deployment-id': expect.stringMatching(/^[0-9a-f]{8}$/),
    'execution-arn': expect.stringMatching(/-run100-1$/),
  });
  expect(JSON.parse(ran.outputs['running'] ?? '')).toEqual(running(stage.commit));
  const entry = await findEntry(stage.journal, ran.outputs['deployment-id'] ?? '');
  expect(entry?.overrideFreeze).toBe('the shop is down');
  expect(ran.summary).toContain('### deploy backend → production');
  expect(ran.summary).toContain('| verdict | **succeeded** |');
  expect(ran.summary).toContain('Orders have a \\| total');
  expect(ran.summary).toMatch(/\| VerifyHealth \| ok \|/);
});

test('a job uploads the source of its branch with the CI’s role, for the schedule that builds it; the older of two changes nothing', async () => {
  const inputs = { action: 'upload' };
  const variables = { GITHUB_REF_NAME: 'release/1' };
  const ran = await stage.run('150', 1, { inputs, variables });
  expect([ran.code, ran.log]).toEqual([
    0,
    expect.stringContaining(`Uploaded ${short()} "Orders have a | total" as branch release/1 of backend`),
  ]);
  const tip = await stage.stored('branches/backend/release%2F1.json');
  expect(tip).toMatchObject({
    commit: stage.commit,
    source: { key: `sources/backend/${stage.commit}.zip` },
    configuration: { aws: { region: 'eu-central-1' } },
  });
  const later = { ...(tip as object), commit: 'f'.repeat(40), committedAt: '2099-01-01T00:00:00Z' };
  await stage.store('branches/backend/release%2F1.json', later);
  const late = await stage.run('150', 2, { inputs, variables });
  expect([late.code, late.log]).toEqual([
    0,
    expect.stringContaining('stands at fffffff in production already'),
  ]);
  expect(await stage.stored('branches/backend/release%2F1.json')).toEqual(later);
});

test('a job that is run again attaches to the deployment that still runs', async () => {
  const first = await stage.run('200', 1, {
    onLine: (line, kill) => {
      if (waits(line)) kill('SIGINT');
    },
  });
  expect(first.code).toBe(16);
  expect(first.log).toContain('the deployment goes on');
  expect(first.summary).toContain('still running');

  const again = await stage.run('200', 2, {
    onLine: (line) => {
      if (line.includes('attached to it')) stage.end(succeeded());
    },
  });
  expect(again.code).toBe(0);
  expect(again.outputs['execution-arn']).toBe(first.outputs['execution-arn']);
  expect((await stage.executions()).filter((name) => name.includes('-run200-'))).toEqual([
    `backend-production-${short()}-run200-1`,
  ]);
});

test('a failure ends the job with its exit code, an annotation, and why', async () => {
  const failure = {
    step: 'VerifyHealth',
    error: 'TasksCrash',
    sentence: 'Tasks end after 2 s with exit code 1.',
    remedy: 'Mend `src/main.ts`.',
    evidence: ['::error::what an application has written', 'TypeError: x is not a function'],
  } as const;
  const ran = await stage.run('300', 1, {
    onLine: (line) => {
      if (waits(line))
        stage.end({
          failure,
          outcome: {
            verdict: 'rolled-back',
            sentence: 'Rolled back. backend runs 9f31c2e.',
            running: running('9f31c2e'),
            reason: failure.sentence,
            remedy: failure.remedy,
          },
        });
    },
  });
  expect(ran.code).toBe(13);
  expect(ran.outputs['verdict']).toBe('rolled-back');
  expect(ran.log).toContain('::error title=rolled-back::Rolled back. backend runs 9f31c2e.');
  expect(ran.log).not.toMatch(/^\s*::(set-output|error::)/m);
  expect(ran.summary).toContain('| verdict | **rolled-back** |');

  // Who runs it again after its end wants another one.
  const again = await stage.run('300', 2, {
    onLine: (line) => {
      if (waits(line)) stage.end(succeeded());
    },
  });
  expect(again.code).toBe(0);
  expect(again.outputs['execution-arn']).toMatch(/-run300-2$/);
});

test('with on-cancel: cancel, a cancelled job asks the deployment to stop', async () => {
  const ran = await stage.run('400', 1, {
    inputs: { 'on-cancel': 'cancel' },
    onLine: (line, kill) => {
      if (waits(line)) kill('SIGINT');
    },
  });
  expect(ran.code).toBe(16);
  expect(ran.log).toContain(`Asked deployment ${ran.outputs['deployment-id']} to stop`);
  expect(await stage.lock()).toMatchObject({
    deploymentId: ran.outputs['deployment-id'],
    cancelledBy: 'ada',
  });
  stage.end(succeeded());
});

test('with on-cancel: cancel, a wait for approval is ended too, and nothing that was waited for happens', async () => {
  const ran = await stage.run('410', 1, {
    inputs: { 'on-cancel': 'cancel', reason: RISKY },
    onLine: (line, kill) => {
      if (line.includes('waits for a person')) kill('SIGINT');
    },
  });
  expect(ran.log).toContain('waited for a person; its wait was ended');
  const again = await stage.run('410', 1, { inputs: { reason: RISKY } });
  expect(again.code).toBe(10);
  expect(again.outputs['execution-arn']).toBe(ran.outputs['execution-arn']);
  expect(again.log).toContain('ada refused the migration: the job was cancelled');
});

test('a job signs in with the token of its runner, and with no other', async () => {
  const file = join(stage.folder, 'token');
  const sub = 'repo:acme@12/shop@345:environment:production';
  const variables = {
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_SESSION_TOKEN: '',
    AWS_ROLE_ARN: stage.ciRole,
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
  };
  writeFileSync(file, stage.issuer.token({ aud: 'sts.amazonaws.com', sub }));
  const ran = await stage.run('420', 1, {
    variables,
    onLine: (line) => {
      if (waits(line)) stage.end(succeeded());
    },
  });
  expect(ran.log).not.toContain('error');
  expect(ran.code).toBe(0);

  const before = await stage.executions();
  writeFileSync(file, stage.issuer.token({ aud: 'sts.amazonaws.com', sub: 'repo:acme/shop:pull_request' }));
  const other = await stage.run('421', 1, { variables });
  expect(other.log).toContain('Not authorized to perform sts:AssumeRoleWithWebIdentity');
  expect(other.code).toBe(10);
  expect(await stage.executions()).toEqual(before);
});

test('the role of a job may show a deployment by its id, and attach to it', async () => {
  const ran = await stage.run('430', 1, {
    onLine: (line) => {
      if (waits(line)) stage.end(succeeded());
    },
  });
  const id = ran.outputs['deployment-id'] ?? '';
  const shown = await stage.command('show', id, '--follow', '--environment', 'production');
  expect(shown.stderr).toBe('');
  expect(shown.stdout).toContain(succeeded().outcome.sentence);
  expect(shown.code).toBe(0);
});

test('a session that expires ends the wait, and not the deployment', async () => {
  const key = stage.session();
  const ran = await stage.run('500', 1, {
    variables: keyOf(key),
    onLine: (line) => {
      if (waits(line)) stage.expired.add(key.accessKeyId);
    },
  });
  expect(ran.log).toContain('The session has expired: reading the credentials again');
  expect(ran.log).toContain(`lockstep show ${ran.outputs['deployment-id']} --follow`);
  expect(ran.code).toBe(16);
  stage.end(succeeded());
});

test('credentials that were renewed meanwhile are read again, and the wait goes on', async () => {
  const first = stage.session();
  const file = join(stage.folder, 'credentials.json');
  const config = join(stage.folder, 'config');
  const write = (key: typeof first) =>
    writeFileSync(
      file,
      JSON.stringify({
        Version: 1,
        AccessKeyId: key.accessKeyId,
        SecretAccessKey: key.secretAccessKey,
        SessionToken: key.sessionToken,
      }),
    );
  write(first);
  writeFileSync(config, `[default]\ncredential_process = cat ${file}\n`);
  const ran = await stage.run('600', 1, {
    variables: {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
      AWS_CONFIG_FILE: config,
    },
    onLine: (line) => {
      if (waits(line)) {
        write(stage.session());
        stage.expired.add(first.accessKeyId);
      }
      if (line.includes('reading the credentials again')) stage.end(succeeded());
    },
  });
  expect(ran.code).toBe(0);
  expect(ran.outputs['verdict']).toBe('succeeded');
});

test('a time-out ends the wait with exit code 16', async () => {
  const ran = await stage.run('700', 1, { inputs: { timeout: '1ms' } });
  expect(ran.code).toBe(16);
  expect(ran.log).toContain('The wait is over; the deployment goes on.');
  stage.end(succeeded());
});

test('GitLab’s pipelines and plain scripts have runs of their own', async () => {
  const elsewhere = { GITHUB_RUN_ID: '', GITHUB_OUTPUT: '', GITHUB_STEP_SUMMARY: '' };
  const gitlab = await stage.run('800', 1, {
    variables: { ...elsewhere, CI_PIPELINE_ID: '4711' },
    onLine: (line) => {
      if (waits(line)) stage.end(succeeded());
    },
  });
  expect(gitlab.code).toBe(0);
  expect(gitlab.log).toMatch(/section_start:\d+:VerifyHealth/);
  const script = await stage.run('800', 1, {
    variables: { ...elsewhere, LOCKSTEP_RUN: 'nightly 24/11' },
    onLine: (line) => {
      if (waits(line)) stage.end(succeeded());
    },
  });
  expect(script.code).toBe(0);
  const names = await stage.executions();
  expect(names).toContain(`backend-production-${short()}-run4711-1`);
  expect(names).toContain(`backend-production-${short()}-runnightly-24-11-1`);
  const nothing = await stage.run('800', 1, { variables: elsewhere });
  expect(nothing.code).toBe(1);
  expect(nothing.log).toContain('Outside of GitHub, GitLab and Buildkite set LOCKSTEP_RUN');
});

test('inputs that are wrong are all told at once, and nothing is started', async () => {
  const before = await stage.executions();
  const ran = await stage.run('900', 1, {
    inputs: { action: 'delpoy', 'on-cancel': 'kill', timeout: 'soon', to: 'a1b2c3d' },
  });
  expect(ran.code).toBe(1);
  for (const word of ['delpoy', 'kill', 'soon', 'to goes with action rollback'])
    expect(ran.log).toContain(word);
  expect(ran.log).toContain('::error title=lockstep::');
  expect(await stage.executions()).toEqual(before);
});

test('a plan becomes the Markdown of a comment', async () => {
  const plan = {
    type: 'plan',
    service: 'backend',
    environment: 'production',
    counts: { running: 2, desired: 2 },
    since: '2026-11-24T09:15:02.000Z',
    commits: ['Orders have a total'],
    differences: [{ path: 'cpu', before: '256', after: '512' }],
    migration: null,
    expected: null,
    commit: stage.commit,
    subject: 'Orders have a total',
    running: running('9f31c2e'),
    release: null,
    rollbackTarget: null,
    refusals: [{ sentence: 'the lock is held.', remedy: 'Wait for it.', evidence: ['```'] }],
  };
  writeFileSync(join(stage.folder, 'plan.json'), JSON.stringify(plan));
  const ran = await stage.run('1000', 1, {
    inputs: { action: 'plan', 'plan-comment': join(stage.folder, 'plan.json') },
  });
  expect(ran.code).toBe(0);
  const comment = readFileSync(ran.outputs['comment'] ?? '', 'utf8');
  expect(comment).toMatch(/^<!-- lockstep-plan backend\/production -->\n### plan backend → production\n/);
  expect(comment).toContain('Nothing was changed. `lockstep deploy` would be refused.');
  expect(comment).toContain('````text\n');
  expect(comment).toContain('~ cpu  256 → 512');
  expect(ran.summary).toContain('### plan backend → production');

  writeFileSync(
    join(stage.folder, 'no-plan.json'),
    '{"type":"error","sentence":"there are no AWS credentials."}',
  );
  const none = await stage.run('1000', 1, {
    inputs: { action: 'plan', 'plan-comment': join(stage.folder, 'no-plan.json') },
  });
  expect(none.code).toBe(1);
  expect(none.log).toContain('there are no AWS credentials');
});

function keyOf(key: { accessKeyId: string; secretAccessKey: string; sessionToken: string }) {
  return {
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_SESSION_TOKEN: key.sessionToken,
  };
}
