/** AWS/RDS metrics, once a minute. */

import type { DatabaseEngine } from './engine.ts';
import type { Databases } from './model.ts';

const GIB = 1024 ** 3;
const MINUTE_S = 60;

/** `busy` remembers the processor seconds of the minute before, by instance. */
export async function measure(
  databases: Databases,
  engine: DatabaseEngine,
  busy: Map<string, number>,
): Promise<void> {
  const { world } = databases;
  for (const instance of databases.instances.values()) {
    try {
      const usage = await engine.usage(instance);
      if (!usage) continue;
      const before = busy.get(instance.identifier) ?? usage.cpuSeconds;
      busy.set(instance.identifier, usage.cpuSeconds);
      const datum = (name: string, value: number, unit: string) => ({
        namespace: 'AWS/RDS',
        name,
        dimensions: { DBInstanceIdentifier: instance.identifier },
        value,
        unit,
      });
      world.ports.metrics.put([
        datum('DatabaseConnections', usage.connections, 'Count'),
        datum('CPUUtilization', Math.max(0, (100 * (usage.cpuSeconds - before)) / MINUTE_S), 'Percent'),
        datum('FreeStorageSpace', Math.max(0, instance.allocatedStorage * GIB - usage.bytes), 'Bytes'),
      ]);
    } catch (error) {
      // A server that is restarted at this moment; the next minute is measured again.
      world.say(`rds: ${instance.identifier} was not measured: ${(error as Error).message}`);
    }
  }
}
