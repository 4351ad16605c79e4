/** Instances as real PostgreSQL servers, one a data folder, and snapshots as consistent copies of it. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseEngine, Usage } from './engine.ts';
import { copyFolder, cpuOf, own, sizeOf } from './files.ts';
import type { Databases, Instance, Snapshot } from './model.ts';
import { serverSettings } from './parameters.ts';
import { freePort, portIsFree } from './ports.ts';
import { initialise, type RunningServer, serverVersion, startServer } from './server.ts';
import { writeTls } from './tls.ts';

/** RDS's superuser. The master user is none, there as here. */
const ADMIN = 'rdsadmin';

/** Of no use in a copy, after PostgreSQL's documentation of low-level base backups. */
const NOT_COPIED = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const EMPTY_FOLDERS = [...NOT_COPIED].filter((name) => !name.startsWith('postmaster'));

export class PostgresEngine implements DatabaseEngine {
  readonly real = true;
  private readonly databases: Databases;
  private readonly servers = new Map<string, RunningServer>();
  /** What each server says, for CloudWatch Logs. */
  private readonly onLine: (instance: Instance, line: string) => void;

  constructor(databases: Databases, onLine: (instance: Instance, line: string) => void) {
    this.databases = databases;
    this.onLine = onLine;
  }

  version = serverVersion;
  port = freePort;

  private folder(instance: Instance): string {
    return join(this.databases.world.folder, 'rds', instance.resourceId);
  }

  private snapshotFolder(snapshot: Snapshot): string {
    return join(this.databases.world.folder, 'rds', 'snapshots', snapshot.identifier);
  }

  async create(instance: Instance): Promise<void> {
    const folder = this.folder(instance);
    await rm(folder, { recursive: true, force: true });
    await initialise(folder, ADMIN, instance.adminPassword);
    await this.start(instance);
    try {
      await this.makeMaster(instance);
    } catch (error) {
      await this.remove(instance);
      throw error;
    }
  }

  private async makeMaster(instance: Instance): Promise<void> {
    const user = pg.escapeIdentifier(instance.masterUsername);
    const password = pg.escapeLiteral(instance.masterPassword);
    await this.asAdmin(instance, async (client) => {
      await client.query('CREATE ROLE rds_superuser NOLOGIN');
      await client.query(
        'GRANT pg_monitor, pg_signal_backend, pg_checkpoint, pg_create_subscription TO rds_superuser WITH ADMIN OPTION',
      );
      await client.query(
        `CREATE ROLE ${user} LOGIN CREATEDB CREATEROLE PASSWORD ${password} IN ROLE rds_superuser`,
      );
      await client.query(`ALTER DATABASE postgres OWNER TO ${user}`);
      if (instance.databaseName === undefined || instance.databaseName === 'postgres') return;
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(instance.databaseName)} OWNER ${user}`);
    });
  }

  async start(instance: Instance): Promise<void> {
    if (this.servers.has(instance.resourceId)) return;
    const group = this.databases.parameterGroups.get(instance.parameterGroup ?? '');
    const place = {
      folder: this.folder(instance),
      port: instance.port,
      settings: { ...serverSettings(instance, group), ssl: 'on' },
      onLine: (line: string) => this.onLine(instance, line),
    };
    await writeTls(place.folder, ADMIN, instance, group);
    await own(place.folder);
    const server = await startServer(place).catch(async (error: Error) => {
      // Told apart only now: a server of our own that was left behind has been ended by the start itself.
      if (await portIsFree(instance.port)) throw error;
      throw new Error(
        `Port ${instance.port} of the database ${instance.identifier} is in use by another program. End it, or start afresh with \`lockstep local reset\`.`,
      );
    });
    this.servers.set(instance.resourceId, server);
    void server.ended.then(() => this.ended(instance, server));
  }

  /** RDS starts a server again that has died. */
  private async ended(instance: Instance, server: RunningServer): Promise<void> {
    // One that was meant to end has been taken out before.
    if (this.servers.get(instance.resourceId) !== server) return;
    this.servers.delete(instance.resourceId);
    this.databases.world.say(`rds: the server of ${instance.identifier} has died; it is started again`);
    try {
      await this.start(instance);
    } catch (error) {
      this.databases.world.say(`rds: ${(error as Error).message}`);
    }
  }

  async stop(instance: Instance): Promise<void> {
    const server = this.servers.get(instance.resourceId);
    if (!server) return;
    this.servers.delete(instance.resourceId);
    await server.stop();
  }

  async remove(instance: Instance): Promise<void> {
    await this.stop(instance);
    await rm(this.folder(instance), { recursive: true, force: true });
  }

  async setPassword(instance: Instance, password: string): Promise<void> {
    const user = pg.escapeIdentifier(instance.masterUsername);
    await this.asAdmin(instance, (client) =>
      client.query(`ALTER ROLE ${user} PASSWORD ${pg.escapeLiteral(password)}`),
    );
  }

  /**
   * A low-level base backup: the files are copied while the server goes on writing, and the write-ahead log of that
   * time, which makes them one moment's again when a server starts on them.
   */
  async snapshot(instance: Instance, snapshot: Snapshot): Promise<void> {
    const from = this.folder(instance);
    const to = this.snapshotFolder(snapshot);
    const beside = `${to}.part`;
    await rm(beside, { recursive: true, force: true });
    await mkdir(join(to, '..'), { recursive: true });
    await this.asAdmin(instance, async (client) => {
      await client.query('SELECT pg_backup_start($1, fast => true)', [snapshot.identifier]);
      await copyFolder(from, beside, (name) => !NOT_COPIED.has(name));
      for (const name of EMPTY_FOLDERS) await mkdir(join(beside, name), { mode: 0o700 });
      const { rows } = await client.query<{ labelfile: string }>(
        'SELECT * FROM pg_backup_stop(wait_for_archive => false)',
      );
      await writeFile(join(beside, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 });
      await copyFolder(join(from, 'pg_wal'), join(beside, 'pg_wal'), () => true);
    });
    await own(beside);
    await rename(beside, to);
  }

  async restore(instance: Instance, snapshot: Snapshot): Promise<void> {
    const folder = this.folder(instance);
    await rm(folder, { recursive: true, force: true });
    await copyFolder(this.snapshotFolder(snapshot), folder, () => true);
    await own(folder);
    try {
      await this.start(instance);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async removeSnapshot(snapshot: Snapshot): Promise<void> {
    await rm(this.snapshotFolder(snapshot), { recursive: true, force: true });
  }

  async usage(instance: Instance): Promise<Usage | undefined> {
    const server = this.servers.get(instance.resourceId);
    if (!server) return undefined;
    const connections = await this.asAdmin(instance, async (client) => {
      const { rows } = await client.query<{ count: number }>(
        "SELECT count(*)::int AS count FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> 'rdsadmin'",
      );
      return rows[0]?.count ?? 0;
    });
    return { connections, cpuSeconds: await cpuOf(server.pid), bytes: await sizeOf(this.folder(instance)) };
  }

  private async asAdmin<T>(instance: Instance, use: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: instance.port,
      user: ADMIN,
      password: instance.adminPassword,
      database: 'postgres',
      application_name: ADMIN,
    });
    // A server that is ended meanwhile fails the query; the connection's own error says nothing more.
    client.on('error', () => {});
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }
}
