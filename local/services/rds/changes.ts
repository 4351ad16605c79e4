/**
 * What happens to instances and snapshots: they are made, changed, stopped, copied, removed, each with RDS's states. Longer than
 * 250 lines because each of these must leave the states that the others begin in.
 */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../../service.ts';
import type { DatabaseEngine } from './engine.ts';
import { type Databases, type Instance, invalidState, resourceId, type Snapshot } from './model.ts';

/** What a caller may say of a new instance; the rest has RDS's defaults. */
export type NewInstance = Partial<
  Omit<Instance, 'identifier' | 'resourceId' | 'createdAt' | 'status' | 'adminPassword'>
> & {
  readonly identifier: string;
};

export class Changes {
  readonly databases: Databases;
  readonly engine: DatabaseEngine;
  /** Work under way, so that the embedded AWS does not end in the middle of it. */
  private readonly underWay = new Set<Promise<void>>();

  constructor(databases: Databases, engine: DatabaseEngine) {
    this.databases = databases;
    this.engine = engine;
  }

  /** The instance with its state `creating`; the server comes up behind it. */
  async create(wanted: NewInstance): Promise<{ instance: Instance; ready: Promise<void> }> {
    const instance = await this.register(wanted);
    const ready = this.begin(instance, 'creating', () => this.engine.create(instance), 'DB instance created');
    return { instance, ready };
  }

  async restore(
    wanted: NewInstance,
    snapshot: Snapshot,
  ): Promise<{ instance: Instance; ready: Promise<void> }> {
    if (snapshot.status !== 'available') {
      throw new AwsError(
        'InvalidDBSnapshotStateFault',
        `DBSnapshot ${snapshot.identifier} is not in the available state.`,
      );
    }
    const { masterUsername, masterPassword, adminPassword, databaseName } = snapshot.instance;
    const data = { masterUsername, masterPassword, ...(databaseName === undefined ? {} : { databaseName }) };
    const instance = await this.register({ ...wanted, ...data }, adminPassword);
    const ready = this.begin(
      instance,
      'creating',
      () => this.engine.restore(instance, snapshot),
      `Restored from snapshot ${snapshot.identifier}`,
    );
    return { instance, ready };
  }

  private async register(
    wanted: NewInstance,
    adminPassword = randomBytes(18).toString('base64url'),
  ): Promise<Instance> {
    if (this.databases.find(wanted.identifier)) {
      throw new AwsError('DBInstanceAlreadyExistsFault', 'DB instance already exists');
    }
    const version = await this.engine.version();
    const port = await this.portOf(wanted.identifier);
    const instance: Instance = {
      instanceClass: 'db.t4g.micro',
      allocatedStorage: 20,
      storageType: 'gp3',
      multiAz: false,
      backupRetentionPeriod: 1,
      securityGroups: [],
      deletionProtection: false,
      publiclyAccessible: false,
      copyTagsToSnapshot: false,
      autoMinorVersionUpgrade: true,
      storageEncrypted: false,
      caCertificate: 'rds-ca-rsa2048-g1',
      logExports: [],
      tags: {},
      masterUsername: 'postgres',
      masterPassword: randomBytes(18).toString('base64url'),
      ...wanted,
      port,
      resourceId: `db-${resourceId()}`,
      createdAt: this.databases.world.clock.now(),
      adminPassword,
      engineVersion: version,
      status: 'creating',
    };
    this.databases.save(instance);
    return instance;
  }

  private async portOf(identifier: string): Promise<number> {
    const known = this.databases.ports.get(identifier);
    if (known !== undefined) return known;
    const port = await this.engine.port();
    this.databases.ports.set(identifier, port);
    return port;
  }

  /** The endpoint goes with the name: whoever gets the name of another is reached where the other was. */
  rename(instance: Instance, identifier: string): void {
    this.mustBeAvailable(instance, 'renamed');
    if (this.databases.find(identifier)) {
      throw new AwsError('DBInstanceAlreadyExistsFault', 'DB instance already exists');
    }
    const rename = async () => {
      await this.engine.stop(instance);
      this.databases.instances.delete(instance.identifier);
      instance.identifier = identifier;
      instance.port = await this.portOf(identifier);
      this.databases.save(instance);
      await this.engine.start(instance);
    };
    this.begin(instance, 'renaming', rename, 'Renamed instance').catch(() => {});
  }

  async stop(instance: Instance): Promise<void> {
    this.mustBeAvailable(instance, 'stopped');
    void this.begin(instance, 'stopping', () => this.engine.stop(instance), 'DB instance stopped', 'stopped');
  }

  async start(instance: Instance): Promise<void> {
    if (instance.status !== 'stopped') throw invalidState(instance, 'started');
    void this.begin(instance, 'starting', () => this.engine.start(instance), 'DB instance started');
  }

  async reboot(instance: Instance): Promise<void> {
    this.mustBeAvailable(instance, 'rebooted');
    const again = async () => {
      await this.engine.stop(instance);
      await this.engine.start(instance);
    };
    void this.begin(instance, 'rebooting', again, 'DB instance restarted');
  }

  async delete(instance: Instance, finalSnapshot: Snapshot | undefined): Promise<void> {
    const remove = async () => {
      if (finalSnapshot) await this.copy(instance, finalSnapshot);
      await this.engine.remove(instance);
    };
    instance.status = 'deleting';
    this.databases.save(instance);
    const work = this.during(remove()).then(
      () => {
        this.databases.instances.delete(instance.identifier);
        this.event(instance, 'deletion', 'DB instance deleted');
      },
      (error: Error) => this.fail(instance, error),
    );
    this.keep(work);
  }

  /** Starts the copy; the snapshot is `creating` until it is done. */
  takeSnapshot(instance: Instance, identifier: string, tags: Readonly<Record<string, string>>): Snapshot {
    this.mustBeAvailable(instance, 'backed up');
    const snapshot = this.newSnapshot(instance, identifier, tags);
    const work = this.begin(
      instance,
      'backing-up',
      () => this.copy(instance, snapshot),
      'Finished DB instance backup',
    );
    // The snapshot itself tells of a failure.
    work.catch(() => {});
    return snapshot;
  }

  newSnapshot(instance: Instance, identifier: string, tags: Readonly<Record<string, string>>): Snapshot {
    const { snapshots, world } = this.databases;
    if (snapshots.has(identifier)) {
      throw new AwsError(
        'DBSnapshotAlreadyExistsFault',
        `Cannot create the snapshot because a snapshot with the identifier ${identifier} already exists.`,
      );
    }
    const snapshot: Snapshot = {
      identifier,
      createdAt: world.clock.now(),
      status: 'creating',
      percent: 0,
      tags: { ...(instance.copyTagsToSnapshot ? instance.tags : {}), ...tags },
      instance: { ...instance },
    };
    snapshots.set(identifier, snapshot);
    return snapshot;
  }

  private async copy(instance: Instance, snapshot: Snapshot): Promise<void> {
    const { snapshots } = this.databases;
    try {
      await this.engine.snapshot(instance, snapshot);
      snapshots.set(snapshot.identifier, { ...snapshot, status: 'available', percent: 100 });
    } catch (error) {
      snapshots.set(snapshot.identifier, { ...snapshot, status: 'failed' });
      this.databases.world.say(
        `rds: the snapshot ${snapshot.identifier} failed: ${(error as Error).message}`,
      );
    }
  }

  /** State while it lasts, `available` (or another) when it is done, `failed` with the reason said where it fails. */
  private begin(
    instance: Instance,
    during: string,
    work: () => Promise<void>,
    message: string,
    after = 'available',
  ): Promise<void> {
    instance.status = during;
    this.databases.save(instance);
    const done = this.during(work()).then(
      () => {
        instance.status = after;
        this.databases.save(instance);
        this.event(instance, during === 'creating' ? 'creation' : 'availability', message);
      },
      (error: Error) => {
        this.fail(instance, error);
        throw error;
      },
    );
    this.keep(done);
    return done;
  }

  private during(work: Promise<void>): Promise<void> {
    return this.engine.real ? this.databases.world.clock.during(work) : work;
  }

  private fail(instance: Instance, error: Error): void {
    instance.status = 'failed';
    this.databases.save(instance);
    this.databases.world.say(`rds: ${instance.identifier}: ${error.message}`);
  }

  private keep(work: Promise<void>): void {
    const ended = work.catch(() => {}).then(() => void this.underWay.delete(ended));
    this.underWay.add(ended);
  }

  /** Resolves when no server is being worked on any more. */
  async settled(): Promise<void> {
    if (!this.engine.real) return;
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private mustBeAvailable(instance: Instance, action: string): void {
    if (instance.status !== 'available') throw invalidState(instance, action);
  }

  private event(instance: Instance, category: string, message: string): void {
    const { databases } = this;
    const arn = databases.arn('db', instance.identifier);
    databases.world.ports.events.emit({
      source: 'aws.rds',
      detailType: 'RDS DB Instance Event',
      resources: [arn],
      detail: {
        EventCategories: [category],
        SourceType: 'DB_INSTANCE',
        SourceArn: arn,
        Date: new Date(databases.world.clock.now()).toISOString(),
        SourceIdentifier: instance.identifier,
        Message: message,
      },
    });
  }
}
