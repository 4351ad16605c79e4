/** AWS::RDS::DBInstance, DBSubnetGroup and DBParameterGroup. */
import { physicalName } from '../../provision/names.ts';
import { type Provisioned, type Provisioner, unsupported } from '../../service.ts';
import type { Changes, NewInstance } from './changes.ts';
import { checkIdentifier, type Databases, type Instance } from './model.ts';
import { showInstance } from './show.ts';

type Tags = readonly { readonly Key: string; readonly Value: string }[];

interface InstanceProperties {
  readonly DBInstanceIdentifier?: string;
  readonly Engine?: string;
  readonly EngineVersion?: string;
  readonly MasterUsername?: string;
  readonly MasterUserPassword?: string;
  readonly ManageMasterUserPassword?: boolean | string;
  readonly DBName?: string;
  readonly DBInstanceClass?: string;
  readonly AllocatedStorage?: string | number;
  readonly MaxAllocatedStorage?: number;
  readonly StorageType?: string;
  readonly StorageEncrypted?: boolean;
  readonly MultiAZ?: boolean;
  readonly BackupRetentionPeriod?: number;
  readonly DBParameterGroupName?: string;
  readonly DBSubnetGroupName?: string;
  readonly VPCSecurityGroups?: readonly string[];
  readonly DeletionProtection?: boolean;
  readonly PubliclyAccessible?: boolean;
  readonly CopyTagsToSnapshot?: boolean;
  readonly AutoMinorVersionUpgrade?: boolean;
  readonly CACertificateIdentifier?: string;
  readonly EnableCloudwatchLogsExports?: readonly string[];
  readonly Tags?: Tags;
}

const TYPE = 'AWS::RDS::DBInstance';

export function rdsProvisioners(changes: Changes): Record<string, Provisioner> {
  const { databases } = changes;
  return {
    [TYPE]: {
      honours: [
        'DBInstanceIdentifier',
        'Engine',
        'EngineVersion',
        'MasterUsername',
        'MasterUserPassword',
        'ManageMasterUserPassword',
        'DBName',
        'DBInstanceClass',
        'AllocatedStorage',
        'MaxAllocatedStorage',
        'StorageType',
        'StorageEncrypted',
        'MultiAZ',
        'BackupRetentionPeriod',
        'DBParameterGroupName',
        'DBSubnetGroupName',
        'VPCSecurityGroups',
        'DeletionProtection',
        'PubliclyAccessible',
        'CopyTagsToSnapshot',
        'AutoMinorVersionUpgrade',
        'CACertificateIdentifier',
        'EnableCloudwatchLogsExports',
        'Tags',
      ],
      ignores: {
        Port: 'Each instance has a port of its own on 127.0.0.1; it is in the endpoint.',
        DeleteAutomatedBackups: 'No automated backups are made.',
        KmsKeyId: 'Data lies unencrypted in the folder of the embedded AWS.',
        MasterUserSecret: 'The secret of a managed password has RDS’s own name and no key.',
        Iops: 'The storage is this machine’s.',
        StorageThroughput: 'The storage is this machine’s.',
        MonitoringInterval: 'There is no enhanced monitoring.',
        MonitoringRoleArn: 'There is no enhanced monitoring.',
        EnablePerformanceInsights: 'There are no performance insights.',
        PerformanceInsightsRetentionPeriod: 'There are no performance insights.',
        PerformanceInsightsKMSKeyId: 'There are no performance insights.',
        PreferredBackupWindow: 'No automated backups are made.',
        PreferredMaintenanceWindow: 'There is no maintenance.',
        AvailabilityZone: 'There is one machine.',
        NetworkType: 'There is one loopback network.',
        LicenseModel: 'PostgreSQL has one.',
      },
      async provision(given, place) {
        const properties = given as InstanceProperties;
        const identifier = checkIdentifier(
          properties.DBInstanceIdentifier ?? physicalName(place, 63),
          'DBInstanceIdentifier',
        );
        await checkEngine(changes, properties);
        const before = databases.find(identifier);
        const instance = before ?? (await create(changes, identifier, properties));
        if (before) await takeUp(changes, before, properties);
        return provisioned(databases, instance);
      },
    },

    'AWS::RDS::DBSubnetGroup': {
      honours: ['DBSubnetGroupName', 'DBSubnetGroupDescription', 'SubnetIds', 'Tags'],
      provision(given, place) {
        const name = String(given['DBSubnetGroupName'] ?? physicalName(place, 255)).toLowerCase();
        databases.subnetGroups.set(name, {
          name,
          description: String(given['DBSubnetGroupDescription'] ?? ''),
          subnetIds: (given['SubnetIds'] ?? []) as string[],
          tags: tags(given['Tags'] as Tags | undefined),
        });
        return { ref: name };
      },
    },

    'AWS::RDS::DBParameterGroup': {
      honours: ['DBParameterGroupName', 'Family', 'Description', 'Parameters', 'Tags'],
      provision(given, place) {
        const name = String(given['DBParameterGroupName'] ?? physicalName(place, 255)).toLowerCase();
        const parameters = Object.entries((given['Parameters'] ?? {}) as Record<string, unknown>);
        databases.parameterGroups.set(name, {
          name,
          family: String(given['Family']),
          description: String(given['Description'] ?? ''),
          parameters: Object.fromEntries(parameters.map(([key, value]) => [key, String(value)])),
          tags: tags(given['Tags'] as Tags | undefined),
        });
        return { ref: name, attributes: { DBParameterGroupName: name } };
      },
    },
  };
}

async function checkEngine({ engine }: Changes, properties: InstanceProperties): Promise<void> {
  if (properties.Engine !== 'postgres')
    throw unsupported(TYPE, `Engine ${properties.Engine}`, 'Only postgres is.');
  const version = await engine.version();
  const [major] = version.split('.');
  const wanted = properties.EngineVersion?.split('.')[0] ?? major;
  if (wanted !== major) {
    throw unsupported(
      TYPE,
      `EngineVersion ${properties.EngineVersion}`,
      `The server from npm is PostgreSQL ${version}.`,
    );
  }
}

/** What may change from one start to the next. */
function changeable(properties: InstanceProperties): Partial<Instance> {
  const { DBParameterGroupName: group, DBSubnetGroupName: subnets, MaxAllocatedStorage: most } = properties;
  return {
    instanceClass: properties.DBInstanceClass ?? 'db.t4g.micro',
    allocatedStorage: Number(properties.AllocatedStorage ?? 20),
    storageType: properties.StorageType ?? 'gp3',
    storageEncrypted: isTrue(properties.StorageEncrypted),
    multiAz: isTrue(properties.MultiAZ),
    backupRetentionPeriod: Number(properties.BackupRetentionPeriod ?? 1),
    securityGroups: [...(properties.VPCSecurityGroups ?? [])],
    deletionProtection: isTrue(properties.DeletionProtection),
    publiclyAccessible: isTrue(properties.PubliclyAccessible),
    copyTagsToSnapshot: isTrue(properties.CopyTagsToSnapshot),
    autoMinorVersionUpgrade: isTrue(properties.AutoMinorVersionUpgrade ?? true),
    caCertificate: properties.CACertificateIdentifier ?? 'rds-ca-rsa2048-g1',
    logExports: [...(properties.EnableCloudwatchLogsExports ?? [])],
    tags: tags(properties.Tags),
    ...(group === undefined ? {} : { parameterGroup: group }),
    ...(subnets === undefined ? {} : { subnetGroup: subnets }),
    ...(most === undefined ? {} : { maxAllocatedStorage: Number(most) }),
  };
}

async function create(
  changes: Changes,
  identifier: string,
  properties: InstanceProperties,
): Promise<Instance> {
  const { MasterUserPassword: password, DBName: databaseName } = properties;
  const managed = isTrue(properties.ManageMasterUserPassword);
  if (password === undefined && !managed)
    throw unsupported(TYPE, 'no MasterUserPassword', 'Give one, or ManageMasterUserPassword.');
  const wanted: NewInstance = {
    ...changeable(properties),
    identifier,
    masterUsername: properties.MasterUsername ?? 'postgres',
    ...(password === undefined ? {} : { masterPassword: password }),
    ...(databaseName === undefined ? {} : { databaseName }),
  };
  const { instance, ready } = await changes.create(wanted);
  try {
    await ready;
  } catch (error) {
    // Nothing half-made is left: the next start tries again.
    changes.databases.instances.delete(identifier);
    throw error;
  }
  if (managed) {
    const { username, password: secret } = {
      username: instance.masterUsername,
      password: instance.masterPassword,
    };
    // RDS's own name for it: `rds!db-` and a UUID.
    const name = `rds!db-${crypto.randomUUID()}`;
    instance.masterSecretArn = changes.databases.world.ports.secrets.put(
      name,
      JSON.stringify({ username, password: secret }),
    );
    changes.databases.save(instance);
  }
  return instance;
}

/** The next start of the embedded AWS: the server comes up on its data, and what the template changed is taken over. */
async function takeUp(changes: Changes, instance: Instance, properties: InstanceProperties): Promise<void> {
  Object.assign(instance, changeable(properties));
  if (instance.status !== 'stopped') {
    await changes.databases.world.clock.during(changes.engine.start(instance));
    instance.status = 'available';
    const password = properties.MasterUserPassword;
    if (password !== undefined && password !== instance.masterPassword) {
      await changes.databases.world.clock.during(changes.engine.setPassword(instance, password));
      instance.masterPassword = password;
    }
  }
  changes.databases.save(instance);
}

function provisioned(databases: Databases, instance: Instance): Provisioned {
  const { Endpoint } = showInstance(databases, instance);
  return {
    ref: instance.identifier,
    attributes: {
      'Endpoint.Address': Endpoint?.Address,
      'Endpoint.Port': String(Endpoint?.Port),
      DBInstanceArn: databases.arn('db', instance.identifier),
      DbiResourceId: instance.resourceId,
      'MasterUserSecret.SecretArn': instance.masterSecretArn,
    },
  };
}

function isTrue(value: unknown): boolean {
  return String(value) === 'true';
}

function tags(list: Tags | undefined): Record<string, string> {
  return Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key, Value]));
}
