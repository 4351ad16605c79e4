import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  type TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { QueryCommand as Ask, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { openTestWorld, worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'dynamodb'] });
const dynamo = new DynamoDBClient(world.client);
const TableName = 'journal';

const template = {
  TableName,
  KeySchema: [
    { AttributeName: 'service', KeyType: 'HASH' },
    { AttributeName: 'id', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'service', AttributeType: 'S' },
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'verdict', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-verdict',
      KeySchema: [
        { AttributeName: 'verdict', KeyType: 'HASH' },
        { AttributeName: 'id', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
};
const provisioner = world.services.get('dynamodb')?.provisioners?.['AWS::DynamoDB::Table'];
const made = await provisioner?.provision(template, { stack: 'test', logicalId: 'Journal' });

const key = (id: string) => ({ service: { S: 'backend' }, id: { S: id } });
const put = (id: string, more = {}) =>
  dynamo.send(new PutItemCommand({ TableName, Item: { ...key(id), ...more } }));

test('a table of the template is described with its keys, indexes and ARN', async () => {
  expect(made?.ref).toBe('journal');
  expect(made?.attributes?.['Arn']).toBe('arn:aws:dynamodb:us-east-1:000000000000:table/journal');
  const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
  expect(Table).toMatchObject({
    TableStatus: 'ACTIVE',
    TableArn: made?.attributes?.['Arn'],
    KeySchema: template.KeySchema,
  });
  expect(Table?.CreationDateTime).toBeInstanceOf(Date);
  expect(Table?.GlobalSecondaryIndexes?.[0]).toMatchObject({
    IndexName: 'by-verdict',
    IndexStatus: 'ACTIVE',
  });
  expect((await dynamo.send(new ListTablesCommand({}))).TableNames).toEqual(['journal']);
});

test('a table that does not exist is named', async () => {
  await expect(dynamo.send(new DescribeTableCommand({ TableName: 'none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Requested resource not found: Table: none not found',
  });
});

test('PutItem and GetItem keep every type, bytes included', async () => {
  const values = {
    text: { S: 'ä' },
    number: { N: '12.5' },
    bytes: { B: new Uint8Array([0, 255, 7]) },
    set: { SS: ['a', 'b'] },
    flag: { BOOL: true },
    nothing: { NULL: true },
    deep: { M: { list: { L: [{ N: '1' }, { B: new Uint8Array([1]) }] } } },
  };
  await put('types', values);
  const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key: key('types') }));
  expect(Item).toEqual({ ...key('types'), ...values });
});

test('a table may be named by its ARN', async () => {
  await put('arn');
  const TableArn = String(made?.attributes?.['Arn']);
  const { Item } = await dynamo.send(new GetItemCommand({ TableName: TableArn, Key: key('arn') }));
  expect(Item).toEqual(key('arn'));
});

test('the lock: a conditional put succeeds once, then fails and shows who holds it', async () => {
  const lock = (owner: string, now: number) =>
    dynamo.send(
      new PutItemCommand({
        TableName,
        Item: { ...key('lock'), owner: { S: owner }, leaseUntil: { N: String(now + 60) } },
        ConditionExpression: 'attribute_not_exists(id) OR leaseUntil < :now',
        ExpressionAttributeValues: { ':now': { N: String(now) } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  await lock('a', 1000);
  const refused = (await lock('b', 1030).catch((error: unknown) => error)) as ConditionalCheckFailedException;
  expect(refused.name).toBe('ConditionalCheckFailedException');
  expect(refused.message).toBe('The conditional request failed');
  expect(refused.Item?.['owner']).toEqual({ S: 'a' });
  await lock('c', 1061);
});

test('UpdateItem with SET, ADD, REMOVE and list_append returns the new item', async () => {
  await put('update', { steps: { L: [] }, count: { N: '1' }, former: { S: 'x' } });
  const { Attributes } = await dynamo.send(
    new UpdateItemCommand({
      TableName,
      Key: key('update'),
      UpdateExpression:
        'SET steps = list_append(steps, :step), #v = if_not_exists(#v, :v) REMOVE former ADD #c :one',
      ExpressionAttributeNames: { '#v': 'verdict', '#c': 'count' },
      ExpressionAttributeValues: {
        ':step': { L: [{ S: 'Build' }] },
        ':v': { S: 'running' },
        ':one': { N: '1' },
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  expect(Attributes).toEqual({
    ...key('update'),
    steps: { L: [{ S: 'Build' }] },
    count: { N: '2' },
    verdict: { S: 'running' },
  });
});

test('DeleteItem obeys its condition', async () => {
  await put('delete', { owner: { S: 'me' } });
  const drop = (owner: string) =>
    dynamo.send(
      new DeleteItemCommand({
        TableName,
        Key: key('delete'),
        ConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: owner } },
      }),
    );
  await expect(drop('other')).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  await drop('me');
  expect((await dynamo.send(new GetItemCommand({ TableName, Key: key('delete') }))).Item).toBeUndefined();
});

test('Query by key and by index, backwards and in pages', async () => {
  for (const id of ['q1', 'q2', 'q3']) await put(id, { verdict: { S: 'succeeded' } });
  const query = {
    TableName,
    KeyConditionExpression: 'service = :s AND begins_with(id, :q)',
    ExpressionAttributeValues: { ':s': { S: 'backend' }, ':q': { S: 'q' } },
  };
  const first = await dynamo.send(new QueryCommand({ ...query, ScanIndexForward: false, Limit: 2 }));
  expect(first.Items?.map(({ id }) => id?.S)).toEqual(['q3', 'q2']);
  const second = await dynamo.send(
    new QueryCommand({ ...query, ScanIndexForward: false, ExclusiveStartKey: first.LastEvaluatedKey }),
  );
  expect(second.Items?.map(({ id }) => id?.S)).toEqual(['q1']);
  const byVerdict = await dynamo.send(
    new QueryCommand({
      TableName,
      IndexName: 'by-verdict',
      KeyConditionExpression: 'verdict = :v',
      ExpressionAttributeValues: { ':v': { S: 'succeeded' } },
    }),
  );
  expect(byVerdict.Count).toBe(3);
});

test('Scan filters, and may be asked to be consistent', async () => {
  await put('scan', { colour: { S: 'red' } });
  const { Items, ScannedCount } = await dynamo.send(
    new ScanCommand({
      TableName,
      ConsistentRead: true,
      FilterExpression: 'colour = :c',
      ExpressionAttributeValues: { ':c': { S: 'red' } },
    }),
  );
  expect(Items).toHaveLength(1);
  expect(ScannedCount).toBeGreaterThan(1);
});

test('BatchWriteItem and BatchGetItem', async () => {
  await dynamo.send(
    new BatchWriteItemCommand({
      RequestItems: {
        [TableName]: [{ PutRequest: { Item: key('b1') } }, { PutRequest: { Item: key('b2') } }],
      },
    }),
  );
  const { Responses } = await dynamo.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('b1'), key('b2'), key('b3')] } } }),
  );
  expect(Responses?.[TableName]).toHaveLength(2);
});

test('TransactWriteItems writes everything or nothing, and says which condition failed', async () => {
  await put('t1', { owner: { S: 'me' } });
  const transaction = (owner: string) =>
    dynamo.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          {
            ConditionCheck: {
              TableName,
              Key: key('t1'),
              ConditionExpression: '#o = :o',
              ExpressionAttributeNames: { '#o': 'owner' },
              ExpressionAttributeValues: { ':o': { S: owner } },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          { Put: { TableName, Item: key('t2') } },
          {
            Update: {
              TableName,
              Key: key('t3'),
              UpdateExpression: 'SET a = :a',
              ExpressionAttributeValues: { ':a': { N: '1' } },
            },
          },
          { Delete: { TableName, Key: key('t4') } },
        ],
      }),
    );
  const read = (id: string) => dynamo.send(new GetItemCommand({ TableName, Key: key(id) }));
  await put('t4');
  const refused = (await transaction('you').catch((error: unknown) => error)) as TransactionCanceledException;
  expect(refused.name).toBe('TransactionCanceledException');
  expect(refused.message).toBe(
    'Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None, None, None]',
  );
  expect(refused.CancellationReasons?.[0]).toMatchObject({
    Code: 'ConditionalCheckFailed',
    Item: { owner: { S: 'me' } },
  });
  expect((await read('t2')).Item).toBeUndefined();
  await transaction('me');
  expect((await read('t2')).Item).toBeDefined();
  expect((await read('t3')).Item).toEqual({ ...key('t3'), a: { N: '1' } });
  expect((await read('t4')).Item).toBeUndefined();
  const { Responses } = await dynamo.send(
    new TransactGetItemsCommand({
      TransactItems: [{ Get: { TableName, Key: key('t2') } }, { Get: { TableName, Key: key('t4') } }],
    }),
  );
  expect(Responses).toEqual([{ Item: key('t2') }, {}]);
});

test('a repeated transaction with the same token has no second effect', async () => {
  await put('count', { n: { N: '0' } });
  const add = (amount: string) =>
    dynamo.send(
      new TransactWriteItemsCommand({
        ClientRequestToken: 'once',
        TransactItems: [
          {
            Update: {
              TableName,
              Key: key('count'),
              UpdateExpression: 'ADD n :n',
              ExpressionAttributeValues: { ':n': { N: amount } },
            },
          },
        ],
      }),
    );
  await add('1');
  await add('1');
  await expect(add('2')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
  const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key: key('count') }));
  expect(Item?.['n']).toEqual({ N: '1' });
});

test('time to live is described and changed; what has expired goes', async () => {
  const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
  const { ContinuousBackupsDescription } = await dynamo.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe(
    'ENABLED',
  );
  await dynamo.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: 'gone', Enabled: false },
    }),
  );
  const after = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(after.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'DISABLED' });
});

test('the document client works', async () => {
  const documents = DynamoDBDocumentClient.from(dynamo);
  await documents.send(new PutCommand({ TableName, Item: { service: 'other', id: 'd', n: 1, list: ['a'] } }));
  const { Items } = await documents.send(
    new Ask({
      TableName,
      KeyConditionExpression: 'service = :s',
      ExpressionAttributeValues: { ':s': 'other' },
    }),
  );
  expect(Items).toEqual([{ service: 'other', id: 'd', n: 1, list: ['a'] }]);
});

test('CreateTable and DeleteTable', async () => {
  const table = {
    TableName: 'extra',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
    BillingMode: 'PAY_PER_REQUEST' as const,
  };
  const { TableDescription } = await dynamo.send(new CreateTableCommand(table));
  expect(TableDescription?.TableName).toBe('extra');
  const { Tags } = await dynamo.send(
    new ListTagsOfResourceCommand({ ResourceArn: TableDescription?.TableArn }),
  );
  expect(Tags).toEqual([]);
  await dynamo.send(new DeleteTableCommand({ TableName: 'extra' }));
  await expect(dynamo.send(new DescribeTableCommand({ TableName: 'extra' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('a malformed expression and a missing member are refused with DynamoDB’s words', async () => {
  await expect(
    dynamo.send(new PutItemCommand({ TableName, Item: key('x'), ConditionExpression: 'owner ==' })),
  ).rejects.toMatchObject({ name: 'ValidationException', message: /^Invalid ConditionExpression/ });
  await expect(dynamo.send(new GetItemCommand({ TableName } as never))).rejects.toMatchObject({
    name: 'ValidationException',
    message:
      "1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null",
  });
});

test('a role may touch only the items of the tables that it names, also in a transaction', async () => {
  await world.services.get('iam')?.provisioners?.['AWS::IAM::Role']?.provision(
    {
      RoleName: 'writer',
      AssumeRolePolicyDocument: { Statement: [] },
      Policies: [
        {
          PolicyName: 'p',
          PolicyDocument: {
            Statement: [{ Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: made?.attributes?.['Arn'] }],
          },
        },
      ],
    },
    { stack: 'test', logicalId: 'Writer' },
  );
  const mine = new DynamoDBClient(world.as('arn:aws:iam::000000000000:role/writer'));
  await mine.send(new PutItemCommand({ TableName, Item: key('mine') }));
  await expect(
    mine.send(
      new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName, Item: key('a') } }, { Delete: { TableName, Key: key('b') } }],
      }),
    ),
  ).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('is not authorized to perform: dynamodb:DeleteItem on resource:'),
  });
});

test('tables and items survive a restart; a new index holds the old items', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-dynamo-'));
  const { GlobalSecondaryIndexes, ...plain } = {
    ...template,
    AttributeDefinitions: template.AttributeDefinitions.slice(0, 2),
  };
  const open = async (definition: object) => {
    const next = await openTestWorld({ services: ['iam', 'dynamodb'], folder });
    await next.services
      .get('dynamodb')
      ?.provisioners?.['AWS::DynamoDB::Table']?.provision(definition as never, {
        stack: 's',
        logicalId: 'T',
      });
    return { next, client: new DynamoDBClient(next.client) };
  };
  const one = await open(plain);
  await one.client.send(new PutItemCommand({ TableName, Item: { ...key('kept'), verdict: { S: 'v' } } }));
  await one.next.close();
  const two = await open(template);
  const { Items } = await two.client.send(
    new QueryCommand({
      TableName,
      IndexName: 'by-verdict',
      KeyConditionExpression: 'verdict = :v',
      ExpressionAttributeValues: { ':v': { S: 'v' } },
    }),
  );
  expect(Items).toEqual([{ ...key('kept'), verdict: { S: 'v' } }]);
  await two.next.close();
  rmSync(folder, { recursive: true });
});
