/** RDS: database instances that are real PostgreSQL servers of this machine, and snapshots that really are copies. */
import * as sdk from '@aws-sdk/client-rds';
import type { Clock, Timer } from '../../clock.ts';
import type { Ports } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import { Changes } from './changes.ts';
import { SimulatedEngine } from './engine.ts';
import { groupOperations } from './groups.ts';
import { instanceOperations } from './instances.ts';
import { measure } from './metrics.ts';
import { Databases, type Instance } from './model.ts';
import { PostgresEngine } from './postgres.ts';
import { rdsProvisioners } from './provision.ts';
import { snapshotOperations } from './snapshots.ts';

const simulated = new WeakSet<Clock>();

/** Worlds with this clock have instances without a server behind them. Say so before the world is made. */
export function simulateDatabases(clock: Clock): void {
  simulated.add(clock);
}

const MINUTE_MS = 60_000;

export function create(world: World): { service: Service; ports: Pick<Ports, 'rds'> } {
  const databases = new Databases(world);
  const engine = simulated.has(world.clock)
    ? new SimulatedEngine((milliseconds) => world.clock.sleep(milliseconds))
    : new PostgresEngine(databases, (instance, line) => log(world, instance, line));
  const changes = new Changes(databases, engine);
  const busy = new Map<string, number>();
  let minute: Timer | undefined;

  function everyMinute(): void {
    minute = world.clock.after(MINUTE_MS, () => {
      void world.clock.during(measure(databases, engine, busy));
      everyMinute();
    });
  }

  return {
    service: {
      signingName: 'rds',
      sdk,
      operations: {
        ...instanceOperations(changes),
        ...snapshotOperations(changes),
        ...groupOperations(databases),
      },
      provisioners: rdsProvisioners(changes),
      async start() {
        for (const instance of databases.instances.values()) await recover(changes, instance);
        for (const snapshot of databases.snapshots.values()) {
          if (snapshot.status === 'creating')
            databases.snapshots.set(snapshot.identifier, { ...snapshot, status: 'failed' });
        }
        everyMinute();
      },
      async stop() {
        minute?.cancel();
        await changes.settled();
        await Promise.all(databases.instances.values().map((instance) => engine.stop(instance)));
      },
      differences: [
        'Every instance is a PostgreSQL 18 server on 127.0.0.1 with a port of its own; other engines and versions are refused.',
        'Each server signs its certificate itself: there is TLS, and rds.force_ssl demands it, but no RDS certificate bundle verifies it.',
        'Instance class and storage are kept and shown; of the class only max_connections follows.',
        'Multi-AZ, automated backups, maintenance windows, read replicas and IAM authentication do not exist.',
        'The role rds_superuser has the predefined roles of PostgreSQL that RDS gives it, and none of RDS’s own extensions.',
        'CreateDBInstance is refused: instances come from the template, or from a snapshot.',
      ],
    },
    ports: {
      rds: {
        instance(reference) {
          const instance = databases.find(reference);
          return (
            instance && {
              identifier: instance.identifier,
              engine: 'postgres',
              host: '127.0.0.1',
              port: instance.port,
              ...(instance.databaseName === undefined ? {} : { database: instance.databaseName }),
            }
          );
        },
      },
    },
  };
}

/** What the end of an earlier process interrupted. Instances of the template have been started by then. */
async function recover(changes: Changes, instance: Instance): Promise<void> {
  const { databases, engine } = changes;
  switch (instance.status) {
    case 'stopped':
    case 'failed':
      return;
    case 'creating':
      // A half-copied restore is of no use to anybody.
      await engine.remove(instance);
      databases.instances.delete(instance.identifier);
      return;
    case 'deleting':
      return changes.delete(instance, undefined);
    default:
      await databases.world.clock.during(engine.start(instance));
      instance.status = 'available';
      databases.save(instance);
  }
}

function log(world: World, instance: Instance, message: string): void {
  if (!instance.logExports.includes('postgresql')) return;
  const group = `/aws/rds/instance/${instance.identifier}/postgresql`;
  world.ports.logs.append(group, `${instance.identifier}.0`, [{ timestamp: world.clock.now(), message }]);
}
