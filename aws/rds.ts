/** RDS: a database instance, and snapshots of it. */
import {
  CreateDBSnapshotCommand,
  type DBInstance,
  type DBSnapshot,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { isNamed } from './errors.ts';

/** Starts a snapshot. One of that name that exists already is the one that an earlier call started. */
export async function createSnapshot(
  rds: RDSClient,
  instance: string,
  name: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    await rds.send(
      new CreateDBSnapshotCommand({
        DBInstanceIdentifier: instance,
        DBSnapshotIdentifier: name,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
  } catch (error) {
    if (!isNamed(error, 'DBSnapshotAlreadyExistsFault', 'DBSnapshotAlreadyExists')) throw error;
  }
}

export async function describeSnapshot(rds: RDSClient, name: string): Promise<DBSnapshot | undefined> {
  try {
    const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: name }));
    return DBSnapshots?.[0];
  } catch (error) {
    if (isNamed(error, 'DBSnapshotNotFoundFault', 'DBSnapshotNotFound')) return undefined;
    throw error;
  }
}

export async function findInstance(rds: RDSClient, instance: string): Promise<DBInstance | undefined> {
  try {
    const { DBInstances } = await rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: instance }),
    );
    return DBInstances?.[0];
  } catch (error) {
    if (isNamed(error, 'DBInstanceNotFoundFault', 'DBInstanceNotFound')) return undefined;
    throw error;
  }
}
