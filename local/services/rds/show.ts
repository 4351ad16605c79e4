/** Instances and snapshots in the shape of the API. */
import type { DBInstance, DBParameterGroup, DBSnapshot, DBSubnetGroup, Tag } from '@aws-sdk/client-rds';
import type { Databases, Instance, ParameterGroup, Snapshot, SubnetGroup } from './model.ts';

const HOST = '127.0.0.1';

export function showInstance(databases: Databases, instance: Instance): DBInstance {
  const { world } = databases;
  const group = instance.parameterGroup ?? `default.postgres${instance.engineVersion.split('.')[0]}`;
  const subnetGroup = databases.subnetGroups.get(instance.subnetGroup ?? '');
  // As on AWS, there is no endpoint until the instance has been made.
  const hasEndpoint = instance.status !== 'creating';
  return {
    DBInstanceIdentifier: instance.identifier,
    DBInstanceClass: instance.instanceClass,
    Engine: 'postgres',
    EngineVersion: instance.engineVersion,
    DBInstanceStatus: instance.status,
    MasterUsername: instance.masterUsername,
    DBName: instance.databaseName,
    Endpoint: hasEndpoint ? { Address: HOST, Port: instance.port } : undefined,
    AllocatedStorage: instance.allocatedStorage,
    MaxAllocatedStorage: instance.maxAllocatedStorage,
    InstanceCreateTime: hasEndpoint ? new Date(instance.createdAt) : undefined,
    BackupRetentionPeriod: instance.backupRetentionPeriod,
    DBSecurityGroups: [],
    VpcSecurityGroups: instance.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    DBParameterGroups: [{ DBParameterGroupName: group, ParameterApplyStatus: 'in-sync' }],
    AvailabilityZone: `${world.region}a`,
    DBSubnetGroup: subnetGroup && showSubnetGroup(databases, subnetGroup),
    MultiAZ: instance.multiAz,
    AutoMinorVersionUpgrade: instance.autoMinorVersionUpgrade,
    ReadReplicaDBInstanceIdentifiers: [],
    LicenseModel: 'postgresql-license',
    PubliclyAccessible: instance.publiclyAccessible,
    StorageType: instance.storageType,
    DbInstancePort: 0,
    StorageEncrypted: instance.storageEncrypted,
    DbiResourceId: instance.resourceId,
    CACertificateIdentifier: instance.caCertificate,
    CopyTagsToSnapshot: instance.copyTagsToSnapshot,
    MonitoringInterval: 0,
    DBInstanceArn: databases.arn('db', instance.identifier),
    IAMDatabaseAuthenticationEnabled: false,
    PerformanceInsightsEnabled: false,
    EnabledCloudwatchLogsExports: instance.logExports.length > 0 ? instance.logExports : undefined,
    DeletionProtection: instance.deletionProtection,
    MasterUserSecret: instance.masterSecretArn
      ? { SecretArn: instance.masterSecretArn, SecretStatus: 'active' }
      : undefined,
    TagList: tagList(instance.tags),
  };
}

export function showSnapshot(databases: Databases, snapshot: Snapshot): DBSnapshot {
  const { instance } = snapshot;
  return {
    DBSnapshotIdentifier: snapshot.identifier,
    DBInstanceIdentifier: instance.identifier,
    SnapshotCreateTime: new Date(snapshot.createdAt),
    OriginalSnapshotCreateTime: new Date(snapshot.createdAt),
    Engine: 'postgres',
    EngineVersion: instance.engineVersion,
    AllocatedStorage: instance.allocatedStorage,
    Status: snapshot.status,
    Port: instance.port,
    AvailabilityZone: `${databases.world.region}a`,
    InstanceCreateTime: new Date(instance.createdAt),
    MasterUsername: instance.masterUsername,
    LicenseModel: 'postgresql-license',
    SnapshotType: 'manual',
    PercentProgress: snapshot.percent,
    StorageType: instance.storageType,
    Encrypted: instance.storageEncrypted,
    DBSnapshotArn: databases.arn('snapshot', snapshot.identifier),
    IAMDatabaseAuthenticationEnabled: false,
    DbiResourceId: instance.resourceId,
    SnapshotTarget: 'region',
    TagList: tagList(snapshot.tags),
  };
}

export function showParameterGroup(databases: Databases, group: ParameterGroup): DBParameterGroup {
  return {
    DBParameterGroupName: group.name,
    DBParameterGroupFamily: group.family,
    Description: group.description,
    DBParameterGroupArn: databases.arn('pg', group.name),
  };
}

export function showSubnetGroup(databases: Databases, group: SubnetGroup): DBSubnetGroup {
  return {
    DBSubnetGroupName: group.name,
    DBSubnetGroupDescription: group.description,
    SubnetGroupStatus: 'Complete',
    Subnets: group.subnetIds.map((id) => ({ SubnetIdentifier: id, SubnetStatus: 'Active' })),
    DBSubnetGroupArn: databases.arn('subgrp', group.name),
  };
}

export function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagsOf(list: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}
