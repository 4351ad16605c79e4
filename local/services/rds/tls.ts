/** TLS of a server, as RDS has it: always offered; demanded of everybody but RDS's own superuser where `rds.force_ssl` is 1. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { selfSigned } from './certificate.ts';
import type { Instance, ParameterGroup } from './model.ts';

/** What `rds.force_ssl` is where no parameter group says it, since PostgreSQL 15. */
const FORCED = '1';

/** Written into the data folder at each start: the group may have changed, and folders of before have no certificate. */
export async function writeTls(
  folder: string,
  admin: string,
  instance: Instance,
  group: ParameterGroup | undefined,
): Promise<void> {
  const forced = (group?.parameters['rds.force_ssl'] ?? FORCED) === '1';
  // `hostssl` alone: whoever comes without TLS hears "no pg_hba.conf entry for host …, no encryption", as from RDS.
  const access = [
    `host all ${admin} 127.0.0.1/32 scram-sha-256`,
    `${forced ? 'hostssl' : 'host'} all all 127.0.0.1/32 scram-sha-256`,
  ];
  await writeFile(join(folder, 'pg_hba.conf'), `${access.join('\n')}\n`, { mode: 0o600 });
  if (existsSync(join(folder, 'server.key'))) return;
  const { certificate, key } = selfSigned(instance.identifier);
  await writeFile(join(folder, 'server.crt'), certificate, { mode: 0o600 });
  await writeFile(join(folder, 'server.key'), key, { mode: 0o600 });
}
