/** Database instances, snapshots and their groups, as they are stored. Times are milliseconds since the epoch. */
import { randomBytes } from 'node:crypto';
import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';

export interface Instance {
  identifier: string;
  /** `db-` and 26 capitals and digits. */
  readonly resourceId: string;
  readonly createdAt: number;
  /** Follows the identifier, as the host name does on AWS: secrets and task definitions hold it. */
  port: number;
  readonly masterUsername: string;
  masterPassword: string;
  /** The password of `rdsadmin`, the superuser that RDS keeps for itself. */
  readonly adminPassword: string;
  readonly databaseName?: string;
  status: string;
  instanceClass: string;
  engineVersion: string;
  allocatedStorage: number;
  maxAllocatedStorage?: number;
  storageType: string;
  multiAz: boolean;
  backupRetentionPeriod: number;
  parameterGroup?: string;
  subnetGroup?: string;
  securityGroups: string[];
  deletionProtection: boolean;
  publiclyAccessible: boolean;
  copyTagsToSnapshot: boolean;
  autoMinorVersionUpgrade: boolean;
  storageEncrypted: boolean;
  caCertificate: string;
  /** `postgresql` sends the server's log to CloudWatch Logs. */
  logExports: string[];
  masterSecretArn?: string;
  tags: Record<string, string>;
}

export interface Snapshot {
  readonly identifier: string;
  readonly createdAt: number;
  readonly status: 'creating' | 'available' | 'failed';
  readonly percent: number;
  readonly tags: Readonly<Record<string, string>>;
  /** The instance as it was. */
  readonly instance: Instance;
}

export interface ParameterGroup {
  readonly name: string;
  readonly family: string;
  readonly description: string;
  parameters: Record<string, string>;
  tags: Record<string, string>;
}

export interface SubnetGroup {
  readonly name: string;
  description: string;
  subnetIds: string[];
  tags: Record<string, string>;
}

export class Databases {
  readonly world: World;
  readonly instances: Collection<Instance>;
  readonly snapshots: Collection<Snapshot>;
  readonly parameterGroups: Collection<ParameterGroup>;
  readonly subnetGroups: Collection<SubnetGroup>;
  /** The port of each identifier that there ever was. */
  readonly ports: Collection<number>;

  constructor(world: World) {
    const store = world.store('rds');
    this.world = world;
    this.instances = store.collection('instances');
    this.snapshots = store.collection('snapshots');
    this.parameterGroups = store.collection('parameterGroups');
    this.subnetGroups = store.collection('subnetGroups');
    this.ports = store.collection('ports');
  }

  arn(kind: 'db' | 'snapshot' | 'pg' | 'subgrp', name: string): string {
    return `arn:aws:rds:${this.world.region}:${this.world.account}:${kind}:${name}`;
  }

  /** RDS keeps identifiers in lower case, whatever case they are given in. */
  find(reference: string): Instance | undefined {
    return this.instances.get(reference.replace(/^arn:[^/]*:db:/, '').toLowerCase());
  }

  get(reference: string): Instance {
    const found = this.find(reference);
    if (!found) throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${reference} not found.`, {}, 404);
    return found;
  }

  save(instance: Instance): void {
    this.instances.set(instance.identifier, instance);
  }

  snapshot(reference: string): Snapshot {
    const found = this.snapshots.get(reference.replace(/^arn:[^/]*:snapshot:/, '').toLowerCase());
    if (!found) throw new AwsError('DBSnapshotNotFoundFault', `DBSnapshot ${reference} not found.`, {}, 404);
    return found;
  }
}

export function checkIdentifier(identifier: string, parameter: string): string {
  const valid = /^[A-Za-z](?:-?[A-Za-z0-9])*$/.test(identifier) && identifier.length <= 255;
  if (valid) return identifier.toLowerCase();
  throw new AwsError(
    'InvalidParameterValue',
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
  );
}

export function invalidState(instance: Instance, action: string): AwsError {
  return new AwsError(
    'InvalidDBInstanceStateFault',
    `Instance ${instance.identifier} is not in available state; it is ${instance.status} and cannot be ${action}.`,
  );
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The part of an instance's resource id after `db-`. */
export function resourceId(): string {
  return [...randomBytes(26)].map((byte) => DIGITS[byte % DIGITS.length]).join('');
}
