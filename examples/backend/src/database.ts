import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/prisma/client.ts';
import type { Log } from './log.ts';

export type Database = PrismaClient;

/** Connects at the first query, not here: a database that is late does not keep the service from starting. */
export function connect(url: string, log: Log): Database {
  const client = new PrismaClient({
    adapter: new PrismaPg({ connectionString: url, max: 10, connectionTimeoutMillis: 5000 }),
    log: [
      { emit: 'event', level: 'query' },
      { emit: 'event', level: 'warn' },
    ],
  });
  // The statement's values stay out of the log: they are what users wrote.
  client.$on('query', (event) =>
    log('debug', 'query', { sql: event.query, durationMs: tenths(event.duration) }),
  );
  client.$on('warn', (event) => log('warn', event.message, { target: event.target }));
  return client as Database;
}

function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

/** Makes the administrator's account; tasks that start together agree on one row. */
export async function ensureAdministrator(database: Database, email: string): Promise<void> {
  await database.user.createMany({ data: [{ email, name: 'Administrator' }], skipDuplicates: true });
}
