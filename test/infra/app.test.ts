import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { buildApp, ROOT } from '../../infra/app.ts';
import { readEnvironments } from '../../infra/environments.ts';
import { files } from './stacks.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-app-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every environment’s stacks stand up to cdk-nag and to CloudFormation’s own rules', () => {
  const app = buildApp({ environments: files(), folder, validated: true });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const names = app.synth().stacks.map(({ stackName }) => stackName);
  expect(names.sort()).toEqual(
    ['dev', 'local', 'production', 'staging']
      .flatMap((name) => [`backend-${name}`, `lockstep-${name}`])
      .sort(),
  );
  const report = JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8'));
  const violations = report.pluginReports.flatMap(
    (plugin: { violations: { ruleName: string; severity?: string; violatingResources: unknown[] }[] }) =>
      plugin.violations
        .filter(({ violatingResources }) => violatingResources.length > 0)
        .map(({ ruleName, severity }) => `${severity} ${ruleName}`),
  );
  expect(violations).toEqual([]);
});

test('`cdk synth` of one environment needs no account, no credentials and no network', () => {
  const output = mkdtempSync(join(tmpdir(), 'lockstep-cdk-'));
  try {
    const ran = spawnSync(
      join(ROOT, 'node_modules/.bin/cdk'),
      ['synth', '--quiet', '--output', output, '-c', 'environment=dev'],
      {
        cwd: ROOT,
        encoding: 'utf8',
        env: {
          PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`,
          HOME: output,
          // Nothing answers there: whatever asked AWS would fail.
          HTTPS_PROXY: 'http://127.0.0.1:9',
          AWS_EC2_METADATA_DISABLED: 'true',
          CDK_VALIDATION: 'false',
        },
      },
    );
    expect([ran.status, ran.stderr]).toEqual([0, expect.stringContaining('Successfully synthesized')]);
    expect(JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')).artifacts).toHaveProperty([
      'lockstep-dev',
    ]);
    expect(JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')).artifacts).not.toHaveProperty([
      'lockstep-production',
    ]);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}, 120_000);

describe('environment files', () => {
  test('all problems of a file are told at once, each with its path', () => {
    writeFileSync(
      join(folder, 'broken.json'),
      JSON.stringify({
        deployment: { imageTag: 'x' },
        resources: { cpu: 512, memory: 700 },
        aws: {},
        services: {},
      }),
    );
    expect(() => readEnvironments(folder, 'broken')).toThrow(/broken\.json has \d+ problems\n.*aws\.region/s);
  });

  test('an environment that is not there is told with those that are', () => {
    expect(() => readEnvironments(join(ROOT, 'environments'), 'prodution')).toThrow(
      'environment "prodution" does not exist; there are dev, local, production, staging. Did you mean production?',
    );
  });

  test.each(files())('$name names its schema, and has the blocks of the guide', ({ name, environment }) => {
    expect(environment.$schema).toBe('../docs/environment.schema.json');
    const production = name === 'production';
    expect(environment.deployment.imageTagStrategy).toBe(production ? 'immutable' : 'mutable');
    expect(environment.deployment.autoScale).toBe(production);
    expect(environment.resources).toEqual(
      production ? { cpu: 512, memory: 1024 } : { cpu: 256, memory: 512 },
    );
    if (production) expect(environment.deployment).toMatchObject({ minTasks: 2, maxTasks: 10 });
  });
});
