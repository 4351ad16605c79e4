/**
 * MigrateCheck as the stack has it, in the embedded AWS: its bundle, its role, the bucket. What one execution
 * environment has rehearsed, the next one reads from S3.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../aws/journal.ts';
import type { Environment } from '../../core/environment.ts';
import { entryOf } from '../../core/journal.ts';
import type { Judgement } from '../../core/migrations.ts';
import { permissionsOf } from '../../infra/deployer/permissions.ts';
import { checksum } from '../../judge/index.ts';
import { bundle } from '../../scripts/bundle.ts';
import { DEPLOYMENT, DIGESTS, PLAN, RELEASE } from '../setup/function.ts';
import { makeTables } from '../setup/journal.ts';
import { worldOfFile } from '../setup/world.ts';

const BUCKET = 'artefacts';
const world = await worldOfFile({
  services: ['iam', 'sts', 's3', 'dynamodb', 'logs', 'monitoring', 'lambda'],
});
const s3 = new S3Client({ ...world.client, forcePathStyle: true });
const lambda = new LambdaClient(world.client);
const assets = mkdtempSync(join(tmpdir(), 'lockstep-cache-'));
afterAll(() => rmSync(assets, { recursive: true }));

const arn = (service: string, rest: string) => `arn:aws:${service}:${world.region}:${world.account}:${rest}`;
const migrations = Array.from({ length: 61 }, (_, index) => {
  const name = `20260101${String(index).padStart(6, '0')}_t${index}`;
  const sql = `CREATE TABLE "t${index}" ("id" INTEGER NOT NULL, CONSTRAINT "t${index}_pkey" PRIMARY KEY ("id"));`;
  return { name, sql, checksum: checksum(sql) };
});
const manifest = (digest: string, commit: string, count: number) => ({
  version: 1,
  service: 'backend',
  repository: 'backend',
  commit,
  builtAt: '',
  tag: commit,
  digest,
  prismaVersion: '7.10.0',
  schema: [],
  migrations: migrations.slice(0, count),
});

beforeAll(async () => {
  await bundle('migrate-check', join(assets, 'migrate-check'));
  const dynamo = new DynamoDBClient(world.client);
  await makeTables(dynamo);
  const document = documentClient(dynamo);
  await document.send(
    new PutCommand({
      TableName: 'locks',
      Item: {
        lockId: DEPLOYMENT.target,
        owner: DEPLOYMENT.owner,
        deploymentId: DEPLOYMENT.id,
        startedAt: DEPLOYMENT.startedAt,
        requestedBy: 'ada',
        expiresAt: Math.floor(Date.now() / 1000) + 900,
      },
    }),
  );
  await document.send(new PutCommand({ TableName: 'deployments', Item: { ...entryOf(DEPLOYMENT, {}) } }));
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  for (const [digest, count] of [
    [DIGESTS.old, 60],
    [DIGESTS.new, 61],
  ] as const) {
    await s3.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: `releases/backend/${digest.slice(7)}.json`,
        Body: JSON.stringify(manifest(digest, digest, count)),
      }),
    );
  }
  const permissions = permissionsOf('MigrateCheck', {
    environmentName: 'production',
    environment: { services: {} } as unknown as Environment,
    region: world.region,
    account: world.account,
    locksArn: arn('dynamodb', 'table/locks'),
    deploymentsArn: arn('dynamodb', 'table/deployments'),
    artefactsArn: `arn:aws:s3:::${BUCKET}`,
    topicArn: arn('sns', 'none'),
    topicKeyArn: arn('kms', 'none'),
  });
  const role = await world.services.get('iam')?.provisioners?.['AWS::IAM::Role']?.provision(
    {
      RoleName: 'migrate-check',
      AssumeRolePolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
        ],
      },
      Policies: [
        {
          PolicyName: 'p',
          PolicyDocument: {
            Statement: permissions
              .filter(({ resources }) => resources.length > 0)
              .map(({ actions, resources }) => ({ Effect: 'Allow', Action: actions, Resource: resources })),
          },
        },
      ],
    },
    { stack: 'test', logicalId: 'Role' },
  );
  await world.services.get('lambda')?.provisioners?.['AWS::Lambda::Function']?.provision(
    {
      FunctionName: 'migrate-check',
      Role: String(role?.attributes?.['Arn']),
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Timeout: 270,
      MemorySize: 3008,
      Code: { S3Bucket: 'assets', S3Key: 'migrate-check.zip' },
      Environment: {
        Variables: {
          LOCKS_TABLE: 'locks',
          DEPLOYMENTS_TABLE: 'deployments',
          ARTEFACTS_BUCKET: BUCKET,
          ENVIRONMENT: 'production',
        },
      },
    },
    { stack: 'test', logicalId: 'Function', asset: () => join(assets, 'migrate-check') },
  );
}, 120_000);

const { database: _, ...settings } = PLAN.settings;
const plan = { ...PLAN, settings: { ...settings, database: null } };

/** What MigrateCheck kept of its judgement, from an environment that is as cold as `round` is new. */
async function rehearsed(round: number): Promise<Judgement['rehearsal']> {
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: 'migrate-check', Description: `round ${round}` }),
  );
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: 'migrate-check',
      Payload: JSON.stringify({ deployment: DEPLOYMENT, plan, release: RELEASE }),
    }),
  );
  if (FunctionError) throw new Error(Buffer.from(Payload ?? []).toString());
  const kept = await s3.send(
    new GetObjectCommand({ Bucket: BUCKET, Key: `judgements/${DEPLOYMENT.id}.json` }),
  );
  return (JSON.parse(String(await kept.Body?.transformToString())) as Judgement).rehearsal;
}

async function bases(): Promise<string[]> {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'rehearsals/' }),
  );
  return Contents.map(({ Key }) => String(Key));
}

test('a second MigrateCheck reads the base that the first one kept, and one that is damaged is made and kept again', async () => {
  expect(await rehearsed(1)).toMatchObject({ done: true, baseFromCache: false });
  const [first, ...others] = await bases();
  expect(others).toEqual([]);
  expect(await rehearsed(2)).toMatchObject({ done: true, baseFromCache: true });
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: first, Body: 'of somebody else' }));
  expect(await rehearsed(3)).toMatchObject({ done: true, baseFromCache: false });
  expect(await rehearsed(4)).toMatchObject({ done: true, baseFromCache: true });
  expect(await bases()).toEqual([first]);
}, 240_000);
