/** DynamoDB's operations: permissions and what dynalite leaves out; the rest is dynalite's. */
import type { Operation, Permission } from '../../service.ts';
import { AwsError, unsupported } from '../../service.ts';
import type { Action, Json } from './engine.ts';
import type { Tables } from './tables.ts';
import type { Transactions } from './transact.ts';
import { toBase64, toBytes } from './values.ts';

export function operations(tables: Tables, transactions: Transactions): Record<string, Operation> {
  const { engine, world } = tables;

  /** A table may be named by its ARN. */
  const nameOf = (input: Json) =>
    String(input['TableName'] ?? '')
      .split('/')
      .at(-1) ?? '';

  const on = (action: string, input: Json): Permission[] => {
    const index = input['IndexName'] === undefined ? '' : `/index/${input['IndexName']}`;
    return [{ action: `dynamodb:${action}`, resource: tables.arn(nameOf(input)) + index }];
  };

  const onAccount = (action: string): Permission[] => [
    { action: `dynamodb:${action}`, resource: `arn:aws:dynamodb:${world.region}:${world.account}:table/*` },
  ];

  /** Runs alone, with base64 inside and bytes outside. */
  const inside = (work: (input: Json) => Promise<Json>) => async (input: Json) => {
    const inner = toBase64(input) as Json;
    if (inner['TableName'] !== undefined) inner['TableName'] = nameOf(inner);
    return toBytes(await engine.alone(() => work(inner))) as Json;
  };

  const onTable = (name: string, action: Action) => ({
    permissions: (input: Json) => on(name, input),
    run: inside(async (input) => {
      await tables.sweep(nameOf(input));
      return engine.run(action, input);
    }),
  });

  /** A write whose failed condition can return the item as it was. */
  const write = (name: string, action: Action) => ({
    permissions: (input: Json) => on(name, input),
    run: inside(async ({ ReturnValuesOnConditionCheckFailure: returned, ...input }) => {
      await tables.sweep(nameOf(input));
      try {
        return await engine.run(action, input);
      } catch (error) {
        const isCondition = error instanceof AwsError && error.code === 'ConditionalCheckFailedException';
        if (!isCondition || returned !== 'ALL_OLD') throw error;
        const table = await engine.table(nameOf(input));
        const source = (input['Key'] ?? input['Item']) as Json;
        const key = Object.fromEntries(
          table.KeySchema.map(({ AttributeName }) => [AttributeName, source[AttributeName]]),
        );
        const old = await engine.item(table, key);
        throw new AwsError(error.code, error.message, old ? { Item: toBytes(old) } : {});
      }
    }),
  });

  /** Tables that a batch or a transaction touches, each with the action for it. */
  const batch = (name: string, action: Action) => ({
    permissions: (input: { RequestItems?: Json }) =>
      Object.keys(input.RequestItems ?? {}).flatMap((table) => on(name, { TableName: table })),
    run: inside((input) => engine.run(action, input)),
  });

  const table = {
    GetItem: onTable('GetItem', 'getItem'),
    PutItem: write('PutItem', 'putItem'),
    UpdateItem: write('UpdateItem', 'updateItem'),
    DeleteItem: write('DeleteItem', 'deleteItem'),
    Query: onTable('Query', 'query'),
    Scan: {
      permissions: (input: Json) => on('Scan', input),
      // dynalite does not know the field; with one copy of a table every read is consistent.
      run: inside(async ({ ConsistentRead: _, ...input }) => {
        await tables.sweep(nameOf(input));
        return engine.run('scan', input);
      }),
    },
    BatchGetItem: batch('BatchGetItem', 'batchGetItem'),
    BatchWriteItem: batch('BatchWriteItem', 'batchWriteItem'),
    TransactWriteItems: {
      permissions: (input: { TransactItems?: readonly Record<string, Json>[] }) =>
        (input.TransactItems ?? []).flatMap((item) =>
          Object.entries(item)
            .filter(([, body]) => body !== undefined)
            .flatMap(([kind, body]) =>
              on(kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`, body),
            ),
        ),
      run: inside((input) => transactions.write(input as never)),
    },
    TransactGetItems: {
      permissions: (input: { TransactItems?: readonly { Get?: Json }[] }) =>
        (input.TransactItems ?? []).flatMap(({ Get }) => on('GetItem', Get ?? {})),
      run: inside((input) => transactions.get(input as never)),
    },
    CreateTable: {
      permissions: (input: Json) => on('CreateTable', input),
      run: inside(async (input) => {
        for (const field of ['StreamSpecification', 'TableClass', 'ResourcePolicy']) {
          if (input[field] !== undefined) throw unsupported('CreateTable', field);
        }
        const { SSESpecification, DeletionProtectionEnabled, Tags, ...definition } = input;
        engine.check('createTable', definition);
        await tables.ensure(definition as Json & { TableName: string }, {
          pointInTimeRecovery: false,
          deletionProtection: DeletionProtectionEnabled === true,
        });
        return { TableDescription: await tables.describe(nameOf(input)) };
      }),
    },
    DeleteTable: {
      permissions: (input: Json) => on('DeleteTable', input),
      run: inside(async (input) => {
        const TableDescription = await tables.describe(nameOf(input));
        if (TableDescription['DeletionProtectionEnabled']) {
          throw new AwsError(
            'ValidationException',
            `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
          );
        }
        await tables.drop(nameOf(input));
        return { TableDescription: { ...TableDescription, TableStatus: 'DELETING' } };
      }),
    },
    DescribeTable: {
      permissions: (input: Json) => on('DescribeTable', input),
      run: inside(async (input) => ({ Table: await tables.describe(nameOf(input)) })),
    },
    ListTables: {
      permissions: () => onAccount('ListTables'),
      run: inside((input) => engine.run('listTables', input)),
    },
    DescribeTimeToLive: {
      permissions: (input: Json) => on('DescribeTimeToLive', input),
      run: inside(async (input) => {
        await engine.table(nameOf(input));
        const ttl = tables.extras.get(nameOf(input))?.ttl;
        return {
          TimeToLiveDescription: {
            TimeToLiveStatus: ttl?.Enabled ? 'ENABLED' : 'DISABLED',
            ...(ttl?.Enabled && { AttributeName: ttl.AttributeName }),
          },
        };
      }),
    },
    UpdateTimeToLive: {
      permissions: (input: Json) => on('UpdateTimeToLive', input),
      run: inside(async (input) => {
        await engine.table(nameOf(input));
        const before = tables.extras.get(nameOf(input)) ?? {
          pointInTimeRecovery: false,
          deletionProtection: false,
        };
        const specification = input['TimeToLiveSpecification'] as { Enabled: boolean; AttributeName: string };
        tables.extras.set(nameOf(input), { ...before, ttl: specification });
        return { TimeToLiveSpecification: specification };
      }),
    },
    DescribeContinuousBackups: {
      permissions: (input: Json) => on('DescribeContinuousBackups', input),
      run: inside(async (input) => {
        await engine.table(nameOf(input));
        const enabled = tables.extras.get(nameOf(input))?.pointInTimeRecovery ?? false;
        return {
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: enabled ? 'ENABLED' : 'DISABLED' },
          },
        };
      }),
    },
    ListTagsOfResource: {
      permissions: (input: Json) => [
        { action: 'dynamodb:ListTagsOfResource', resource: String(input['ResourceArn']) },
      ],
      run: inside((input) => engine.run('listTagsOfResource', input)),
    },
  };
  return table as unknown as Record<string, Operation>;
}
