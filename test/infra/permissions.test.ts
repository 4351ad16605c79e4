/**
 * Least privilege, held against the code: what a function's bundle can call is what its role allows, no more and no
 * less. A command of the SDK that is in the bundle is one that something in it uses: esbuild drops the others.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kebab } from '../../core/steps.ts';
import { FUNCTIONS } from '../../infra/bundles.ts';
import { bundle } from '../../scripts/bundle.ts';
import { files, ofType, statementsOf, synthesized } from './stacks.ts';

const PREFIXES: Readonly<Record<string, string>> = {
  cloudwatch: 'cloudwatch',
  'cloudwatch-logs': 'logs',
  codebuild: 'codebuild',
  dynamodb: 'dynamodb',
  ecr: 'ecr',
  ecs: 'ecs',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  lambda: 'lambda',
  rds: 'rds',
  s3: 's3',
  'secrets-manager': 'secretsmanager',
  sfn: 'states',
  sns: 'sns',
};

/** Actions that AWS asks for besides the one of the call, and why. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  // Answers 404 and not 403 for an object that is not there.
  's3:GetObject': ['s3:ListBucket'],
  // A revision keeps the tags of the one that it was copied from, and passes its roles on.
  'ecs:RegisterTaskDefinition': ['ecs:TagResource', 'iam:PassRole'],
  'ecs:RunTask': ['iam:PassRole'],
  'ecs:UpdateService': ['iam:PassRole'],
  'rds:CreateDBSnapshot': ['rds:AddTagsToResource'],
  // The topic is encrypted with a key of the stack's.
  'sns:Publish': ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/** What a client calls for features that nothing here uses: S3 Express buckets, DynamoDB's endpoint discovery. */
const UNUSED = ['dynamodb:DescribeEndpoints', 's3:CreateSession'];
/** The paginators of lib-dynamodb cannot be dropped by esbuild: that they are in a bundle does not say they are used. */
const PERHAPS = ['dynamodb:Query', 'dynamodb:Scan'];

/** What every function may do: write its log, send traces. */
const EVERY = /^(logs:(CreateLogStream|PutLogEvents)|xray:.*)$/;
/** What Lambda itself does with the role of a function in a network. */
const NETWORK = /^ec2:/;

const template = synthesized(files('production'))['lockstep-production'];
const folder = mkdtempSync(join(tmpdir(), 'lockstep-bundles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(FUNCTIONS)('%s may do what its code can call, and nothing else', async (name) => {
  const may = allowed(name);
  const can = await callable(name);
  expect(may).toEqual(can.filter((action) => !PERHAPS.includes(action) || may.includes(action)));
});

async function callable(name: string): Promise<string[]> {
  const { outputs } = await bundle(kebab(name), join(folder, kebab(name)));
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const called = inputs.flatMap(([path, { bytesInOutput }]) => {
    const [, client = '', command] =
      /@aws-sdk\/client-([\w-]+)\/.*\/commands\/(\w+)Command\.js$/.exec(path) ?? [];
    if (!command || bytesInOutput === 0) return [];
    const prefix = PREFIXES[client];
    if (!prefix) throw new Error(`${name} uses @aws-sdk/client-${client}, which this test does not know.`);
    // Lambda's is the one action whose name is not its call's.
    const action = `${prefix}:${command === 'Invoke' ? 'InvokeFunction' : command}`;
    return [action, ...(IMPLIED[action] ?? [])];
  });
  return [...new Set(called)].filter((action) => !UNUSED.includes(action)).sort();
}

function allowed(name: string): string[] {
  const named = new RegExp(
    `^lockstep-production-${kebab(name)}${name === 'InspectDatabase' ? '-backend' : ''}$`,
  );
  const [, resource] =
    ofType(template, 'AWS::Lambda::Function').find(([, { Properties }]) =>
      named.test(Properties.FunctionName),
    ) ?? [];
  const actions = statementsOf(template, resource?.Properties.Role['Fn::GetAtt'][0]).flatMap(
    ({ Action }) => Action,
  );
  return [...new Set(actions)].filter((action) => !EVERY.test(action) && !NETWORK.test(action)).sort();
}
