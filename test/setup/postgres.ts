/** A real PostgreSQL of its own for a test file, on a free port, gone with everything in it when it is closed. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { initialise, startServer } from '../../local/services/rds/server.ts';

export interface TestDatabase {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Runs statements as the superuser. */
  sql(text: string): Promise<pg.QueryResult>;
  close(): Promise<void>;
}

export async function openTestDatabase(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestDatabase> {
  const parent = mkdtempSync(join(tmpdir(), 'lockstep-pg-'));
  // The server runs as another user where the tests run as root.
  chmodSync(parent, 0o755);
  const folder = join(parent, 'data');
  await initialise(folder, 'postgres', 'secret');
  const place = { host: '127.0.0.1', port: await freePort(), user: 'postgres', password: 'secret' };
  const server = await startServer({
    folder,
    port: place.port,
    settings: { fsync: 'off', ...settings },
    onLine: () => {},
  });
  return {
    ...place,
    async sql(text) {
      const client = new pg.Client({ ...place, database: 'postgres' });
      await client.connect();
      try {
        return await client.query(text);
      } finally {
        await client.end();
      }
    },
    async close() {
      await server.stop();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
