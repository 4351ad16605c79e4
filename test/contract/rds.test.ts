import {
  AddTagsToResourceCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBParametersCommand,
  DescribeDBSnapshotsCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  RDSClient,
  RebootDBInstanceCommand,
  RemoveTagsFromResourceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import pg from 'pg';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({
  services: ['iam', 'events', 'rds', 'secretsmanager', 'monitoring', 'logs'],
});
const rds = new RDSClient(world.client);
const provision = world.services.get('rds')?.provisioners ?? {};
const place = (logicalId: string) => ({ stack: 'contract', logicalId });

await provision['AWS::RDS::DBParameterGroup']?.provision(
  {
    DBParameterGroupName: 'settings',
    Family: 'postgres18',
    Description: 'x',
    Parameters: { log_min_duration_statement: '500', 'rds.force_ssl': '1' },
  },
  place('Parameters'),
);
await provision['AWS::RDS::DBSubnetGroup']?.provision(
  { DBSubnetGroupName: 'subnets', DBSubnetGroupDescription: 'y', SubnetIds: ['subnet-1', 'subnet-2'] },
  place('Subnets'),
);
await provision['AWS::RDS::DBInstance']?.provision(
  {
    DBInstanceIdentifier: 'Shop',
    Engine: 'postgres',
    EngineVersion: '18',
    DBName: 'shop',
    MasterUsername: 'owner',
    MasterUserPassword: 'it\'s "quoted"',
    DBParameterGroupName: 'settings',
    DBSubnetGroupName: 'subnets',
    EnableCloudwatchLogsExports: ['postgresql'],
    CopyTagsToSnapshot: true,
    Tags: [{ Key: 'team', Value: 'blue' }],
  },
  place('Instance'),
);

async function describe(DBInstanceIdentifier: string) {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
  return DBInstances?.[0];
}

async function status(identifier: string, wanted: string): Promise<void> {
  for (;;) {
    const current = (await describe(identifier))?.DBInstanceStatus;
    if (current === wanted) return;
    if (current === 'failed') throw new Error(`${identifier} failed: ${world.said.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function query(identifier: string, text: string, password = 'it\'s "quoted"') {
  const { Endpoint } = (await describe(identifier)) ?? {};
  const client = new pg.Client({
    host: Endpoint?.Address,
    port: Endpoint?.Port,
    user: 'owner',
    password,
    database: 'shop',
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const arn = `arn:aws:rds:us-east-1:000000000000:db:shop`;

test('DescribeDBInstances shows a server that really answers at its endpoint', async () => {
  expect(await describe('shop')).toMatchObject({
    DBInstanceIdentifier: 'shop',
    DBInstanceStatus: 'available',
    Engine: 'postgres',
    DBName: 'shop',
    MasterUsername: 'owner',
    Endpoint: { Address: '127.0.0.1', Port: expect.any(Number) },
    DBInstanceArn: arn,
    DBParameterGroups: [{ DBParameterGroupName: 'settings', ParameterApplyStatus: 'in-sync' }],
  });
  const [row] = await query(
    'shop',
    "SELECT current_setting('log_min_duration_statement') AS setting, rolsuper FROM pg_roles WHERE rolname = current_user",
  );
  expect(row).toEqual({ setting: '500ms', rolsuper: false });
  await expect(describe('nothing')).rejects.toMatchObject({
    name: 'DBInstanceNotFoundFault',
    message: 'DBInstance nothing not found.',
  });
});

test('CreateDBSnapshot keeps the rows of its moment, and RestoreDBInstanceFromDBSnapshot brings them back beside', async () => {
  await query('shop', 'CREATE TABLE things AS SELECT generate_series(1, 1000) AS id');
  const { DBSnapshot } = await rds.send(
    new CreateDBSnapshotCommand({
      DBInstanceIdentifier: 'shop',
      DBSnapshotIdentifier: 'before',
      Tags: [{ Key: 'why', Value: 'test' }],
    }),
  );
  expect(DBSnapshot).toMatchObject({ Status: 'creating', PercentProgress: 0, SnapshotType: 'manual' });
  await expect(
    rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: 'before' })),
  ).rejects.toMatchObject({ name: 'DBSnapshotAlreadyExistsFault' });
  await status('shop', 'available');
  await query('shop', 'TRUNCATE things');

  const { DBInstance } = await rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: 'shop-before',
      DBSnapshotIdentifier: 'before',
    }),
  );
  expect(DBInstance).toMatchObject({ DBInstanceStatus: 'creating', MultiAZ: false });
  expect(DBInstance?.Endpoint).toBeUndefined();
  await status('shop-before', 'available');
  expect(await query('shop-before', 'SELECT count(*)::int AS n FROM things')).toEqual([{ n: 1000 }]);
  expect(await query('shop', 'SELECT count(*)::int AS n FROM things')).toEqual([{ n: 0 }]);
});

test('DescribeDBSnapshots finds by name and by instance, with the tags of both', async () => {
  const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({ DBInstanceIdentifier: 'shop' }));
  expect(DBSnapshots).toMatchObject([
    {
      DBSnapshotIdentifier: 'before',
      Status: 'available',
      PercentProgress: 100,
      TagList: [
        { Key: 'team', Value: 'blue' },
        { Key: 'why', Value: 'test' },
      ],
    },
  ]);
  await expect(
    rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'none' })),
  ).rejects.toMatchObject({
    name: 'DBSnapshotNotFoundFault',
  });
});

test('ModifyDBInstance swaps names, and each name keeps its endpoint', async () => {
  const [shop, before] = [(await describe('shop'))?.Endpoint, (await describe('shop-before'))?.Endpoint];
  const rename = async (DBInstanceIdentifier: string, NewDBInstanceIdentifier: string) => {
    await rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier, NewDBInstanceIdentifier, ApplyImmediately: true }),
    );
    for (;;) {
      const state = await describe(NewDBInstanceIdentifier).catch(() => undefined);
      if (state?.DBInstanceStatus === 'available') return state;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await rename('shop', 'shop-old');
  expect((await rename('shop-before', 'shop')).Endpoint).toEqual(shop);
  expect(await query('shop', 'SELECT count(*)::int AS n FROM things')).toEqual([{ n: 1000 }]);
  await expect(
    rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'shop',
        NewDBInstanceIdentifier: 'shop-old',
        ApplyImmediately: true,
      }),
    ),
  ).rejects.toMatchObject({ name: 'DBInstanceAlreadyExistsFault' });
  await rename('shop', 'shop-before');
  expect((await rename('shop-old', 'shop')).Endpoint).toEqual(shop);
  expect((await describe('shop-before'))?.Endpoint).toEqual(before);
});

test('DeleteDBInstance ends the restored server', async () => {
  const { Endpoint } = (await describe('shop-before')) ?? {};
  await expect(
    rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'shop-before' })),
  ).rejects.toMatchObject({
    name: 'InvalidParameterCombination',
  });
  await rds.send(
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'shop-before', SkipFinalSnapshot: true }),
  );
  await expect(status('shop-before', 'gone')).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
  const client = new pg.Client({ host: '127.0.0.1', port: Endpoint?.Port });
  await expect(client.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('rds.force_ssl turns away who comes without TLS, and TLS is what is spoken otherwise', async () => {
  const { Endpoint } = (await describe('shop')) ?? {};
  const plain = new pg.Client({
    host: Endpoint?.Address,
    port: Endpoint?.Port,
    user: 'owner',
    password: 'it\'s "quoted"',
    database: 'shop',
  });
  await expect(plain.connect()).rejects.toMatchObject({
    code: '28000',
    message: expect.stringMatching(/^no pg_hba\.conf entry for host .*, no encryption$/),
  });
  expect(await query('shop', 'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual([
    { ssl: true, version: 'TLSv1.3' },
  ]);
});

test('DeleteDBSnapshot forgets a snapshot', async () => {
  const { DBSnapshot } = await rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'before' }));
  expect(DBSnapshot?.Status).toBe('deleted');
  expect((await rds.send(new DescribeDBSnapshotsCommand({}))).DBSnapshots).toEqual([]);
});

test('ModifyDBInstance changes the password at once', async () => {
  await rds.send(
    new ModifyDBInstanceCommand({
      DBInstanceIdentifier: 'shop',
      MasterUserPassword: 'another',
      ApplyImmediately: true,
    }),
  );
  expect(await query('shop', 'SELECT 1 AS one', 'another')).toEqual([{ one: 1 }]);
  await expect(query('shop', 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  await expect(
    rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'shop', EngineVersion: '19' })),
  ).rejects.toMatchObject({ name: 'LockstepLocalUnsupported' });
});

test('StopDBInstance, StartDBInstance and RebootDBInstance go through their states; the port stays', async () => {
  const port = (await describe('shop'))?.Endpoint?.Port;
  const stopped = await rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: 'shop' }));
  expect(stopped.DBInstance?.DBInstanceStatus).toBe('stopping');
  await status('shop', 'stopped');
  await expect(rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'shop' }))).rejects.toMatchObject(
    {
      name: 'InvalidDBInstanceStateFault',
    },
  );
  await rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: 'shop' }));
  await status('shop', 'available');
  await rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'shop' }));
  await status('shop', 'available');
  expect((await describe('shop'))?.Endpoint?.Port).toBe(port);
  expect(await query('shop', 'SELECT 1 AS one', 'another')).toEqual([{ one: 1 }]);
});

test('DescribeDBParameterGroups and DescribeDBParameters show what the template set', async () => {
  const { DBParameterGroups } = await rds.send(
    new DescribeDBParameterGroupsCommand({ DBParameterGroupName: 'settings' }),
  );
  expect(DBParameterGroups).toMatchObject([{ DBParameterGroupFamily: 'postgres18' }]);
  const { Parameters } = await rds.send(
    new DescribeDBParametersCommand({ DBParameterGroupName: 'settings' }),
  );
  expect(Parameters).toContainEqual(
    expect.objectContaining({ ParameterName: 'log_min_duration_statement', ParameterValue: '500' }),
  );
  await expect(
    rds.send(new DescribeDBParametersCommand({ DBParameterGroupName: 'none' })),
  ).rejects.toMatchObject({
    name: 'DBParameterGroupNotFoundFault',
  });
});

test('DescribeDBSubnetGroups shows the subnets', async () => {
  const { DBSubnetGroups } = await rds.send(
    new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: 'subnets' }),
  );
  expect(DBSubnetGroups?.[0]?.Subnets).toHaveLength(2);
});

test('AddTagsToResource, ListTagsForResource and RemoveTagsFromResource', async () => {
  await rds.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: 'a', Value: 'b' }] }));
  await rds.send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: ['team'] }));
  const { TagList } = await rds.send(new ListTagsForResourceCommand({ ResourceName: arn }));
  expect(TagList).toEqual([{ Key: 'a', Value: 'b' }]);
});

test('CreateDBInstance is refused by name', async () => {
  const input = { DBInstanceIdentifier: 'x', DBInstanceClass: 'db.t4g.micro', Engine: 'postgres' };
  await expect(rds.send(new CreateDBInstanceCommand(input))).rejects.toMatchObject({
    name: 'LockstepLocalUnsupported',
    message: expect.stringContaining('rds:CreateDBInstance'),
  });
});
