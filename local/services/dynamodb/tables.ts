/** Tables: made by the template, described to clients, and swept of what has outlived its time. */
import type { TimeToLiveSpecification } from '@aws-sdk/client-dynamodb';
import { physicalName } from '../../provision/names.ts';
import { AwsError, type Place, type Provisioned, type Provisioner, type World } from '../../service.ts';
import type { Engine, Item, Json, Table } from './engine.ts';

/** What the account keeps of a table beside dynalite. */
export interface TableExtras {
  readonly ttl?: TimeToLiveSpecification;
  readonly pointInTimeRecovery: boolean;
  readonly deletionProtection: boolean;
}

/** DynamoDB promises to delete within days; here expired items go at the first call after an hour. */
const SWEEP_EVERY_MS = 60 * 60 * 1000;

export class Tables {
  readonly world: World;
  readonly engine: Engine;
  readonly extras;
  private readonly swept = new Map<string, number>();

  constructor(world: World, engine: Engine) {
    this.world = world;
    this.engine = engine;
    this.extras = world.store('dynamodb').collection<TableExtras>('tables');
  }

  arn(name: string): string {
    return `arn:aws:dynamodb:${this.world.region}:${this.world.account}:table/${name}`;
  }

  /** Makes the table, or brings its indexes into line with the template. */
  async ensure(definition: Json & { TableName: string }, extras: TableExtras): Promise<Table> {
    const name = definition.TableName;
    const existing = await this.find(name);
    if (!existing) {
      await this.engine.run('createTable', definition);
      await this.active(name);
      await this.engine.putTable({
        ...(await this.engine.table(name)),
        CreationDateTime: this.world.clock.now() / 1000,
      });
    } else {
      const before = JSON.stringify(existing.KeySchema);
      if (before !== JSON.stringify(definition['KeySchema'])) {
        throw new Error(`the key schema of ${name} cannot change; \`lockstep local reset\` starts afresh`);
      }
      await this.alignIndexes(existing, definition);
    }
    this.extras.set(name, extras);
    return this.engine.table(name);
  }

  async drop(name: string): Promise<void> {
    if (await this.find(name)) await this.engine.run('deleteTable', { TableName: name });
    this.extras.delete(name);
  }

  async describe(name: string): Promise<Json> {
    const table = await this.engine.table(name);
    const count = await this.engine.run('scan', { TableName: name, Select: 'COUNT' });
    const created = table['CreationDateTime'] as number;
    return {
      ...table,
      ItemCount: count['Count'],
      CreationDateTime: new Date(created * 1000),
      DeletionProtectionEnabled: this.extras.get(name)?.deletionProtection ?? false,
    };
  }

  /** Deletes what has expired, at most once an hour of the world's time. */
  async sweep(name: string): Promise<void> {
    const ttl = this.extras.get(name)?.ttl;
    const now = this.world.clock.now();
    if (!ttl?.Enabled || !ttl.AttributeName || (this.swept.get(name) ?? 0) + SWEEP_EVERY_MS > now) return;
    this.swept.set(name, now);
    const table = await this.find(name);
    if (!table) return;
    const { Items } = await this.engine.run('scan', { TableName: name });
    for (const item of Items as Item[]) {
      const expires = (item[ttl.AttributeName] as { N?: string } | undefined)?.N;
      // The attribute holds seconds, and items that expired more than five years ago are kept.
      if (expires === undefined || Number(expires) * 1000 > now) continue;
      if (now - Number(expires) * 1000 > 5 * 365 * 24 * 60 * 60 * 1000) continue;
      const key = Object.fromEntries(
        table.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]),
      );
      await this.engine.run('deleteItem', { TableName: name, Key: key });
    }
  }

  private async find(name: string): Promise<Table | undefined> {
    try {
      return await this.engine.table(name);
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  /** dynalite makes tables ACTIVE in a timer of its own, of 0 ms here. */
  private async active(name: string): Promise<void> {
    while ((await this.engine.table(name)).TableStatus !== 'ACTIVE') {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  private async alignIndexes(table: Table, definition: Json): Promise<void> {
    const wanted = (definition['GlobalSecondaryIndexes'] ?? []) as (Json & { IndexName: string })[];
    const shape = (index: Json) =>
      JSON.stringify([index['IndexName'], index['KeySchema'], index['Projection']]);
    const before = (table.GlobalSecondaryIndexes ?? []).map(shape).sort().join();
    if (before === wanted.map(shape).sort().join()) return;
    const changed: Table = {
      ...table,
      AttributeDefinitions: definition['AttributeDefinitions'] as Table['AttributeDefinitions'],
      GlobalSecondaryIndexes: wanted.map((index) => ({
        ...index,
        IndexArn: `${this.arn(table.TableName)}/index/${index.IndexName}`,
        IndexStatus: 'ACTIVE',
        ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 },
      })),
    };
    await this.engine.putTable(changed);
    const { Items } = await this.engine.run('scan', { TableName: table.TableName });
    for (const item of Items as Item[]) await this.engine.reindex(changed, item);
  }
}

const throughput = 'Capacity is not limited here.';
const ignores = {
  SSESpecification: 'State is not encrypted at rest.',
  ProvisionedThroughput: throughput,
  OnDemandThroughput: throughput,
  WarmThroughput: throughput,
  WriteProvisionedThroughputSettings: throughput,
  WriteOnDemandThroughputSettings: throughput,
  BillingMode: 'Nothing is billed here; tables are described as PAY_PER_REQUEST.',
  Tags: 'Tags of tables are in no condition that is evaluated here.',
  TableClass: 'It is about the price of storage.',
  ContributorInsightsSpecification: 'There are no contributor insights.',
};

/** Only what dynalite knows of an index. */
const indexOf = ({ IndexName, KeySchema, Projection }: Json) => ({ IndexName, KeySchema, Projection });

export function provisioners(tables: Tables): Record<string, Provisioner> {
  async function provision(
    properties: Readonly<Record<string, unknown>>,
    place: Place,
    local: Readonly<Record<string, unknown>>,
  ): Promise<Provisioned> {
    const name = (properties['TableName'] as string | undefined) ?? physicalName(place, 255);
    const global = properties['GlobalSecondaryIndexes'] as Json[] | undefined;
    const localIndexes = properties['LocalSecondaryIndexes'] as Json[] | undefined;
    const recovery = local['PointInTimeRecoverySpecification'] as
      | { PointInTimeRecoveryEnabled?: boolean }
      | undefined;
    const table = await tables.engine.alone(() =>
      tables.ensure(
        {
          TableName: name,
          KeySchema: properties['KeySchema'],
          AttributeDefinitions: properties['AttributeDefinitions'],
          BillingMode: 'PAY_PER_REQUEST',
          ...(global && { GlobalSecondaryIndexes: global.map(indexOf) }),
          ...(localIndexes && { LocalSecondaryIndexes: localIndexes.map(indexOf) }),
        },
        {
          ...(properties['TimeToLiveSpecification'] !== undefined && {
            ttl: properties['TimeToLiveSpecification'] as TimeToLiveSpecification,
          }),
          pointInTimeRecovery: recovery?.PointInTimeRecoveryEnabled ?? false,
          deletionProtection: local['DeletionProtectionEnabled'] === true,
        },
      ),
    );
    return { ref: name, attributes: { Arn: tables.arn(name), TableId: table['TableId'] } };
  }
  const honours = [
    'TableName',
    'KeySchema',
    'AttributeDefinitions',
    'GlobalSecondaryIndexes',
    'LocalSecondaryIndexes',
    'TimeToLiveSpecification',
  ];
  const remove: Provisioner['remove'] = (previous) => tables.engine.alone(() => tables.drop(previous.ref));
  return {
    'AWS::DynamoDB::Table': {
      honours: [...honours, 'PointInTimeRecoverySpecification', 'DeletionProtectionEnabled'],
      ignores,
      provision: (properties, place) => provision(properties, place, properties),
      remove,
    },
    'AWS::DynamoDB::GlobalTable': {
      honours: [...honours, 'Replicas'],
      ignores,
      provision(properties, place) {
        const replicas = (properties['Replicas'] ?? []) as Readonly<Record<string, unknown>>[];
        if (replicas.length !== 1)
          throw new Error('a table with replicas in other regions is not supported here');
        return provision(properties, place, replicas[0] ?? {});
      },
      remove,
    },
  };
}
