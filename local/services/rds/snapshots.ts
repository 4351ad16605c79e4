/** Operations on snapshots, and what is restored from them. */
import type {
  CreateDBSnapshotCommandInput,
  DeleteDBSnapshotCommandInput,
  DescribeDBSnapshotsCommandInput,
  RestoreDBInstanceFromDBSnapshotCommandInput,
} from '@aws-sdk/client-rds';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, unsupported } from '../../service.ts';
import type { Changes } from './changes.ts';
import { A_PAGE, badMarker, parameterGroupExists } from './instances.ts';
import { checkIdentifier } from './model.ts';
import { showInstance, showSnapshot, tagsOf } from './show.ts';

export function snapshotOperations(changes: Changes): Record<string, Operation> {
  const { databases } = changes;
  const db = (name: string | undefined) =>
    databases.arn('db', (name ?? '').replace(/^arn:.*:db:/, '').toLowerCase());
  const snapshotArn = (name: string | undefined) =>
    databases.arn('snapshot', (name ?? '*').replace(/^arn:.*:snapshot:/, '').toLowerCase());

  return {
    CreateDBSnapshot: operation<CreateDBSnapshotCommandInput, object>(
      'CreateDBSnapshot',
      ['DBInstanceIdentifier', 'DBSnapshotIdentifier', 'Tags'],
      {
        permissions: (input) => [
          { action: 'rds:CreateDBSnapshot', resource: db(input.DBInstanceIdentifier) },
          { action: 'rds:CreateDBSnapshot', resource: snapshotArn(input.DBSnapshotIdentifier) },
          ...(input.Tags && input.Tags.length > 0
            ? [{ action: 'rds:AddTagsToResource', resource: snapshotArn(input.DBSnapshotIdentifier) }]
            : []),
        ],
        run(input) {
          const identifier = checkIdentifier(input.DBSnapshotIdentifier ?? '', 'DBSnapshotIdentifier');
          const instance = databases.get(input.DBInstanceIdentifier ?? '');
          // Before the instance's state: a second call while the first one's copy runs is told that it exists.
          if (databases.snapshots.has(identifier)) changes.newSnapshot(instance, identifier, {});
          const snapshot = changes.takeSnapshot(instance, identifier, tagsOf(input.Tags));
          return { DBSnapshot: showSnapshot(databases, snapshot) };
        },
      },
    ),

    DescribeDBSnapshots: operation<DescribeDBSnapshotsCommandInput, object>(
      'DescribeDBSnapshots',
      [
        'DBInstanceIdentifier',
        'DBSnapshotIdentifier',
        'SnapshotType',
        'Marker',
        'MaxRecords',
        'Filters',
        'IncludeShared',
        'IncludePublic',
      ],
      {
        permissions: (input) => [
          input.DBSnapshotIdentifier !== undefined || input.DBInstanceIdentifier === undefined
            ? { action: 'rds:DescribeDBSnapshots', resource: snapshotArn(input.DBSnapshotIdentifier) }
            : { action: 'rds:DescribeDBSnapshots', resource: db(input.DBInstanceIdentifier) },
        ],
        run(input) {
          if (input.Filters && input.Filters.length > 0) throw unsupported('DescribeDBSnapshots', 'Filters');
          const all = input.DBSnapshotIdentifier
            ? [databases.snapshot(input.DBSnapshotIdentifier)]
            : databases.snapshots.values().sort((a, b) => a.createdAt - b.createdAt);
          const instance = input.DBInstanceIdentifier?.replace(/^arn:.*:db:/, '').toLowerCase();
          const wanted = all.filter(
            (snapshot) =>
              (instance === undefined || snapshot.instance.identifier === instance) &&
              (input.SnapshotType === undefined || input.SnapshotType === 'manual'),
          );
          const { items, nextToken } = page(wanted, input.Marker, input.MaxRecords ?? A_PAGE, badMarker);
          return {
            DBSnapshots: items.map((snapshot) => showSnapshot(databases, snapshot)),
            Marker: nextToken,
          };
        },
      },
    ),

    DeleteDBSnapshot: operation<DeleteDBSnapshotCommandInput, object>(
      'DeleteDBSnapshot',
      ['DBSnapshotIdentifier'],
      {
        permissions: (input) => [
          { action: 'rds:DeleteDBSnapshot', resource: snapshotArn(input.DBSnapshotIdentifier) },
        ],
        async run(input) {
          const snapshot = databases.snapshot(input.DBSnapshotIdentifier ?? '');
          if (snapshot.status === 'creating') {
            throw new AwsError(
              'InvalidDBSnapshotStateFault',
              `DBSnapshot ${snapshot.identifier} is being created and cannot be deleted.`,
            );
          }
          await databases.world.clock.during(changes.engine.removeSnapshot(snapshot));
          databases.snapshots.delete(snapshot.identifier);
          return { DBSnapshot: { ...showSnapshot(databases, snapshot), Status: 'deleted' } };
        },
      },
    ),

    RestoreDBInstanceFromDBSnapshot: operation<RestoreDBInstanceFromDBSnapshotCommandInput, object>(
      'RestoreDBInstanceFromDBSnapshot',
      [
        'DBInstanceIdentifier',
        'DBSnapshotIdentifier',
        'DBInstanceClass',
        'DBSubnetGroupName',
        'MultiAZ',
        'PubliclyAccessible',
        'AutoMinorVersionUpgrade',
        'Engine',
        'DBParameterGroupName',
        'VpcSecurityGroupIds',
        'Tags',
        'CopyTagsToSnapshot',
        'DeletionProtection',
        'StorageType',
      ],
      {
        permissions: (input) => [
          { action: 'rds:RestoreDBInstanceFromDBSnapshot', resource: db(input.DBInstanceIdentifier) },
          {
            action: 'rds:RestoreDBInstanceFromDBSnapshot',
            resource: snapshotArn(input.DBSnapshotIdentifier),
          },
        ],
        async run(input) {
          const identifier = checkIdentifier(input.DBInstanceIdentifier ?? '', 'DBInstanceIdentifier');
          const snapshot = databases.snapshot(input.DBSnapshotIdentifier ?? '');
          const before = snapshot.instance;
          if (input.DBParameterGroupName !== undefined)
            parameterGroupExists(changes, input.DBParameterGroupName);
          const group = input.DBParameterGroupName;
          const subnets = input.DBSubnetGroupName ?? before.subnetGroup;
          // Single-AZ, default security group, default parameters: as AWS does unless it is told.
          const { instance, ready } = await changes.restore(
            {
              identifier,
              instanceClass: input.DBInstanceClass ?? before.instanceClass,
              allocatedStorage: before.allocatedStorage,
              storageType: input.StorageType ?? before.storageType,
              multiAz: input.MultiAZ ?? false,
              publiclyAccessible: input.PubliclyAccessible ?? false,
              autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? before.autoMinorVersionUpgrade,
              securityGroups: input.VpcSecurityGroupIds ?? [],
              deletionProtection: input.DeletionProtection ?? false,
              copyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
              storageEncrypted: before.storageEncrypted,
              tags: tagsOf(input.Tags),
              ...(subnets === undefined ? {} : { subnetGroup: subnets }),
              ...(group === undefined ? {} : { parameterGroup: group }),
            },
            snapshot,
          );
          // The instance's state tells of a failure.
          ready.catch(() => {});
          return { DBInstance: showInstance(databases, instance) };
        },
      },
    ),
  };
}
