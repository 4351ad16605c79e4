/** Settings of a server: what RDS sets by itself, and what the parameter group says. */
import { unsupported } from '../../service.ts';
import type { Instance, ParameterGroup } from './model.ts';

/** What a small development machine can bear several of. */
const OURS: Readonly<Record<string, string>> = {
  shared_buffers: '32MB',
  // A snapshot copies the write-ahead log of the time that it takes: none of it may be recycled meanwhile.
  wal_keep_size: '256MB',
  max_wal_size: '256MB',
  // RDS's own form of a log line.
  log_line_prefix: '%t:%r:%u@%d:[%p]:',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

const GIB: Readonly<Record<string, number>> = { micro: 1, small: 2, medium: 4, large: 8, xlarge: 16 };

/** `LEAST({DBInstanceClassMemory/9531392},5000)`, as RDS has it; larger classes than xlarge count as one. */
export function defaultConnections(instanceClass: string): number {
  const size = instanceClass.split('.').at(-1) ?? '';
  const gib = GIB[size] ?? 16;
  return Math.min(5000, Math.floor((gib * 1024 ** 3) / 9_531_392));
}

/** `rds.…` parameters belong to RDS and not to PostgreSQL. */
export function serverSettings(
  instance: Instance,
  group: ParameterGroup | undefined,
): Record<string, string> {
  const settings: Record<string, string> = {
    ...OURS,
    max_connections: String(defaultConnections(instance.instanceClass)),
  };
  for (const [name, value] of Object.entries(group?.parameters ?? {})) {
    if (name.startsWith('rds.')) continue;
    if (value.includes('{')) {
      throw unsupported(
        'AWS::RDS::DBParameterGroup',
        `the formula ${name} = ${value}`,
        'Give a plain value.',
      );
    }
    settings[name] = value;
  }
  return settings;
}
