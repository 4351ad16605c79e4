/** A journal and its locks in dynalite: conditions and update expressions are what the real DynamoDB makes of them. */
import { createRequire } from 'node:module';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient, type Journal, readEntry } from '../../aws/journal.ts';
import type { JournalEntry, LockItem } from '../../core/journal.ts';
import type { Deployment } from '../../core/request.ts';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => {
  listen(port: number, host: string, done: () => void): void;
  address(): { port: number };
  close(done: () => void): void;
};

export interface TestJournal extends Journal {
  close(): Promise<void>;
  /** Empties both tables and gives the lock to the deployment. */
  reset(deployment: Deployment, lock?: Partial<LockItem>): Promise<void>;
  put(entry: JournalEntry): Promise<void>;
  entry(deployment: Deployment): Promise<JournalEntry | undefined>;
}

export async function openTestJournal(): Promise<TestJournal> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${server.address().port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'none' },
  });
  await makeTables(client);
  const journal: TestJournal = {
    document: documentClient(client),
    deployments: 'deployments',
    locks: 'locks',
    async close() {
      client.destroy();
      await new Promise<void>((resolve) => server.close(resolve));
    },
    async reset(deployment, lock = {}) {
      await empty(journal.document, journal.deployments, ['target', 'startedAt']);
      await empty(journal.document, journal.locks, ['lockId']);
      await journal.document.send(
        new PutCommand({
          TableName: journal.locks,
          Item: {
            lockId: deployment.target,
            owner: deployment.owner,
            deploymentId: deployment.id,
            startedAt: deployment.startedAt,
            requestedBy: 'ada',
            expiresAt: Math.floor(Date.now() / 1000) + 900,
            ...lock,
          } satisfies LockItem,
        }),
      );
    },
    async put(entry) {
      await journal.document.send(new PutCommand({ TableName: journal.deployments, Item: { ...entry } }));
    },
    entry: (deployment) => readEntry(journal, deployment),
  };
  return journal;
}

export async function makeTables(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'deployments',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['target', 'startedAt', 'deploymentId'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S' as const,
      })),
      KeySchema: [
        { AttributeName: 'target', KeyType: 'HASH' },
        { AttributeName: 'startedAt', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byId',
          KeySchema: [{ AttributeName: 'deploymentId', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: 'locks',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'lockId', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'lockId', KeyType: 'HASH' }],
    }),
  );
  for (const TableName of ['deployments', 'locks']) {
    // Each question is a turn of dynalite's own event loop, in which the table becomes ready.
    let status: string | undefined;
    while (status !== 'ACTIVE') {
      status = (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
    }
  }
}

async function empty(
  document: DynamoDBDocumentClient,
  TableName: string,
  keys: readonly string[],
): Promise<void> {
  const { Items = [] } = await document.send(new ScanCommand({ TableName }));
  for (const item of Items) {
    const Key = Object.fromEntries(keys.map((key) => [key, item[key]]));
    await document.send(new DeleteCommand({ TableName, Key }));
  }
}
