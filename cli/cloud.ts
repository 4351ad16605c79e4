/** The AWS that an environment lives in, as a verb uses it: clients made once, names resolved. */
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { STSClient } from '@aws-sdk/client-sts';
import { type Account, account } from '../aws/account.ts';
import { connect } from '../aws/clients.ts';
import { isNamed } from '../aws/errors.ts';
import { documentClient, type Journal } from '../aws/journal.ts';
import type { ClientOptions } from '../aws/lazy-clients.ts';
import type { Environment } from '../core/environment.ts';
import { LockstepError } from '../core/errors.ts';
import { artefactsBucketName, deploymentsTableName, locksTableName, stateMachineArn } from '../core/names.ts';
import { findRunning, PACKAGE } from './embedded.ts';

export interface Cloud {
  readonly environmentName: string;
  readonly region: string;
  readonly account: Account;
  readonly sfn: SFNClient;
  readonly journal: Journal;
  readonly stateMachineArn: string;
  readonly bucket: string;
  /** Milliseconds between two looks at an execution. */
  readonly interval: number;
  /** Options for a further client of this AWS. */
  readonly options: ClientOptions;
  /** Stores bytes under a key unless something is there already. */
  putOnce(key: string, bytes: () => Promise<Uint8Array>): Promise<void>;
}

/** DescribeExecution and GetExecutionHistory are throttled an account; nobody shares the embedded one. */
const INTERVAL_MS = { aws: 3_000, embedded: 200 };

export async function openCloud(where: {
  readonly environment: Environment;
  readonly environmentName: string;
  readonly variables: NodeJS.ProcessEnv;
  readonly directory: string;
}): Promise<Cloud> {
  const { environment, environmentName } = where;
  const options = clientOptions(where);
  const own = await account(connect(STSClient, options));
  const expected = environment.aws.account;
  if (expected && expected !== own.id && !options.endpoint) {
    throw new LockstepError('StackMissing', {
      environment: environmentName,
      region: options.region,
      account: `${own.id} (the environment file says ${expected})`,
    });
  }
  const place = { region: options.region, account: own.id };
  const s3 = connect(S3Client, { ...options, forcePathStyle: options.endpoint !== undefined });
  const bucket = artefactsBucketName(place, environmentName);
  return {
    environmentName,
    region: options.region,
    account: own,
    options,
    sfn: connect(SFNClient, options),
    journal: {
      document: journalIn(
        { environment: environmentName, region: place.region, account: place.account },
        options,
      ),
      deployments: deploymentsTableName(environmentName),
      locks: locksTableName(environmentName),
    },
    stateMachineArn: stateMachineArn(place, environmentName, 'deploy'),
    bucket,
    interval: options.endpoint ? INTERVAL_MS.embedded : INTERVAL_MS.aws,
    putOnce: (key, bytes) =>
      putOnce(
        s3,
        bucket,
        key,
        bytes,
        () => new LockstepError('StackMissing', { environment: environmentName, ...place }),
      ),
  };
}

/**
 * The SDK's own configuration decides, as it does for the `aws` command. Beside it: an endpoint on this machine needs no
 * credentials, and must never be shown real ones; and the environment `local` is the embedded AWS, never an account.
 */
export function clientOptions(where: {
  environment: Environment;
  environmentName: string;
  variables: NodeJS.ProcessEnv;
  directory: string;
}): ClientOptions {
  const { environment, environmentName, variables } = where;
  const given = variables['AWS_ENDPOINT_URL'];
  const endpoint = environmentName === 'local' && !given ? embeddedAt(where.directory) : given;
  const region = environment.aws.region;
  if (!endpoint) return { region };
  if (!URL.canParse(endpoint))
    throw new LockstepError('UsageError', {
      problem: `AWS_ENDPOINT_URL is "${endpoint}", which is no URL.`,
      help: 'Unset it for AWS; `lockstep local` prints that of the embedded AWS.',
    });
  const here = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(endpoint).hostname);
  return {
    region,
    endpoint,
    ...(here && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
}

function embeddedAt(directory: string): string {
  for (const base of [directory, PACKAGE]) {
    const running = findRunning(join(base, '.lockstep/local'));
    if (running) return running.endpoint;
  }
  throw new LockstepError('EndpointUnreachable', { endpoint: 'the embedded AWS' });
}

/** A table that is not there says that the stack is not: in this region, of this account. */
function journalIn(where: Readonly<Record<string, string>>, options: ClientOptions) {
  const document = documentClient(connect(DynamoDBClient, options));
  document.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundException')) throw error;
        throw new LockstepError('StackMissing', where, [], { cause: error });
      }
    },
    { step: 'initialize', name: 'lockstepStackMissing', override: true },
  );
  return document;
}

async function putOnce(
  s3: S3Client,
  bucket: string,
  key: string,
  bytes: () => Promise<Uint8Array>,
  missing: () => Error,
): Promise<void> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return;
  } catch (error) {
    if (!isNamed(error, 'NotFound', 'NoSuchKey')) throw error;
  }
  try {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await bytes(), IfNoneMatch: '*' }));
  } catch (error) {
    if (isNamed(error, 'NoSuchBucket')) throw missing();
    if (!isNamed(error, 'PreconditionFailed')) throw error;
  }
}
