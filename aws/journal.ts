/** The journal and the locks in DynamoDB. core/journal.ts says what they hold. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { LockstepError } from '../core/errors.ts';
import type { JournalEntry, LockItem, StepRecord } from '../core/journal.ts';
import type { Deployment } from '../core/request.ts';
import { connect, guarded } from './clients.ts';
import { isNamed } from './errors.ts';

export interface Journal {
  readonly document: DynamoDBDocumentClient;
  readonly deployments: string;
  readonly locks: string;
}

/** The place of an entry: the table's two keys. */
export type EntryKey = Pick<JournalEntry, 'target' | 'startedAt'>;

export function documentClient(dynamodb: DynamoDBClient = connect(DynamoDBClient)): DynamoDBDocumentClient {
  return guarded(DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }));
}

const keyOf = ({ target, startedAt }: EntryKey) => ({ target, startedAt });

export async function readEntry(journal: Journal, key: EntryKey): Promise<JournalEntry | undefined> {
  const { Item } = await journal.document.send(
    new GetCommand({ TableName: journal.deployments, Key: keyOf(key), ConsistentRead: true }),
  );
  return Item as JournalEntry | undefined;
}

/** By the deployment's whole id. */
export async function findEntry(journal: Journal, deploymentId: string): Promise<JournalEntry | undefined> {
  const { Items } = await journal.document.send(
    new QueryCommand({
      TableName: journal.deployments,
      IndexName: 'byId',
      KeyConditionExpression: 'deploymentId = :id',
      ExpressionAttributeValues: { ':id': deploymentId },
    }),
  );
  const found = Items?.[0] as EntryKey | undefined;
  return found && readEntry(journal, found);
}

/** The entries of a target, newest first. Read as far as the caller goes on asking. */
export async function* entriesOf(journal: Journal, target: string): AsyncGenerator<JournalEntry> {
  const pages = paginateQuery(
    { client: journal.document, pageSize: 25 },
    {
      TableName: journal.deployments,
      KeyConditionExpression: 'target = :target',
      ExpressionAttributeValues: { ':target': target },
      ScanIndexForward: false,
      ConsistentRead: true,
    },
  );
  for await (const page of pages) yield* (page.Items ?? []) as JournalEntry[];
}

/** Writes a new entry; one that a retry finds already there stays as it is. */
export async function beginEntry(journal: Journal, entry: JournalEntry): Promise<void> {
  try {
    await journal.document.send(
      new PutCommand({
        TableName: journal.deployments,
        Item: { ...entry },
        ConditionExpression: 'attribute_not_exists(startedAt)',
      }),
    );
  } catch (error) {
    if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
  }
}

/** What a step finds out for the whole deployment. */
export type Found = Partial<Pick<JournalEntry, 'plan' | 'release' | 'commit' | 'subject'>>;

/** Replaces the record of one step, and with it what the step found out for the whole deployment. */
export async function writeStep(
  journal: Journal,
  key: EntryKey,
  step: keyof JournalEntry['steps'],
  record: StepRecord,
  found: Found = {},
): Promise<void> {
  const facts = Object.entries(found).filter(([, value]) => value !== undefined && value !== null);
  await journal.document.send(
    new UpdateCommand({
      TableName: journal.deployments,
      Key: keyOf(key),
      UpdateExpression: `SET ${['#steps.#step = :record', ...facts.map(([name]) => `#${name} = :${name}`)].join(', ')}`,
      ExpressionAttributeNames: {
        '#steps': 'steps',
        '#step': step,
        ...Object.fromEntries(facts.map(([name]) => [`#${name}`, name])),
      },
      ExpressionAttributeValues: {
        ':record': record,
        ...Object.fromEntries(facts.map(([name, value]) => [`:${name}`, value])),
      },
    }),
  );
}

/** How a deployment ended, and whether it has been told. */
export type End = Partial<
  Pick<JournalEntry, 'outcome' | 'failure' | 'endedAt' | 'provenAt' | 'proven' | 'notifiedAt'>
>;

/** Writes how a deployment ended, into an entry that exists. */
export async function endEntry(journal: Journal, key: EntryKey, end: End): Promise<void> {
  const fields = Object.entries(end).filter(([, value]) => value !== undefined);
  await journal.document.send(
    new UpdateCommand({
      TableName: journal.deployments,
      Key: keyOf(key),
      UpdateExpression: `SET ${fields.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(fields.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(fields.map(([name, value]) => [`:${name}`, value])),
    }),
  );
}

export async function readLock(journal: Journal, target: string): Promise<LockItem | undefined> {
  const { Item } = await journal.document.send(
    new GetCommand({ TableName: journal.locks, Key: { lockId: target }, ConsistentRead: true }),
  );
  return Item as LockItem | undefined;
}

/** Every lock that is held or was never given back. There is at most one a service and environment. */
export async function* allLocks(journal: Journal): AsyncGenerator<LockItem> {
  const pages = paginateScan(
    { client: journal.document },
    { TableName: journal.locks, ConsistentRead: true },
  );
  for await (const page of pages) yield* (page.Items ?? []) as LockItem[];
}

/** Renews the lease. Throws `LockLost` where the lock is no longer this deployment's. */
export async function renewLock(
  journal: Journal,
  deployment: Deployment,
  expiresAt: number,
): Promise<LockItem> {
  try {
    const { Attributes } = await journal.document.send(
      new UpdateCommand({
        TableName: journal.locks,
        Key: { lockId: deployment.target },
        UpdateExpression: 'SET expiresAt = :expiresAt',
        ConditionExpression: '#owner = :me',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':expiresAt': expiresAt, ':me': deployment.owner },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes as LockItem;
  } catch (error) {
    if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
    const holder = await readLock(journal, deployment.target);
    const owner = holder ? `deployment ${holder.deploymentId}` : 'nobody';
    throw new LockstepError('LockLost', { target: deployment.target, owner });
  }
}

/** Frees the lock if this deployment holds it; whoever else does keeps it. */
export async function releaseLock(journal: Journal, deployment: Deployment): Promise<void> {
  try {
    await journal.document.send(
      new DeleteCommand({
        TableName: journal.locks,
        Key: { lockId: deployment.target },
        ConditionExpression: '#owner = :me',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':me': deployment.owner },
      }),
    );
  } catch (error) {
    if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
  }
}

/**
 * Leaves the lock, as one that has run out, to a deployment that never ended: the recovery looks for dead deployments
 * among the locks, so this is how a later deployment that stumbles over one reports it.
 */
export async function leaveLockTo(
  journal: Journal,
  deployment: Deployment,
  unfinished: JournalEntry,
): Promise<void> {
  try {
    await journal.document.send(
      new UpdateCommand({
        TableName: journal.locks,
        Key: { lockId: unfinished.target },
        UpdateExpression:
          'SET #owner = :them, deploymentId = :id, startedAt = :at, requestedBy = :by, expiresAt = :never REMOVE cancelledBy',
        ConditionExpression: '#owner = :me',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: {
          ':me': deployment.owner,
          ':them': unfinished.executionArn,
          ':id': unfinished.deploymentId,
          ':at': unfinished.startedAt,
          ':by': unfinished.requestedBy,
          // Run out already; and so old that DynamoDB's time to live, which skips what is years old, lets it stand.
          ':never': 0,
        },
      }),
    );
  } catch (error) {
    if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
  }
}

/** Asks the deployment that holds the lock to stop; its next poll sees it. False where another one holds it by now. */
export async function requestCancel(
  journal: Journal,
  target: string,
  deploymentId: string,
  by: string,
): Promise<boolean> {
  try {
    await journal.document.send(
      new UpdateCommand({
        TableName: journal.locks,
        Key: { lockId: target },
        UpdateExpression: 'SET cancelledBy = :by',
        ConditionExpression: 'deploymentId = :id',
        ExpressionAttributeValues: { ':by': by, ':id': deploymentId },
      }),
    );
    return true;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}
