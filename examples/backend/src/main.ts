import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { createApp } from './app.ts';
import { connect, ensureAdministrator } from './database.ts';
import { errorFields, log } from './log.ts';
import type { Lifecycle } from './routes/health.ts';
import { readSettings, type Settings } from './settings.ts';

const settings = settingsOrExit();
const lifecycle: Lifecycle = { leaving: false };
const database = connect(settings.databaseUrl, log);
const app = createApp({
  database,
  lifecycle,
  log,
  statusToken: settings.statusToken,
  commit: settings.commit,
});
const server = serve({ fetch: app.fetch, hostname: '0.0.0.0', port: settings.port }, ({ port }) => {
  log('info', 'listening', { port, commit: settings.commit });
}) as Server;
server.on('error', (error) => {
  log('error', `cannot listen on port ${settings.port}`, errorFields(error));
  process.exit(1);
});
process.on('SIGTERM', () => void leave('SIGTERM'));
process.on('SIGINT', () => void leave('SIGINT'));
void administrator();

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    log('error', error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}

/** The database may be late; requests are served meanwhile, and the account is made when it answers. */
async function administrator(): Promise<void> {
  try {
    await ensureAdministrator(database, settings.administratorEmail);
  } catch (error) {
    log('warn', 'the administrator could not be made yet', errorFields(error));
    setTimeout(() => void administrator(), 5000).unref();
  }
}

/** Says no to health checks, waits until the load balancer has noticed, finishes what is under way, and ends. */
async function leave(signal: string): Promise<void> {
  if (lifecycle.leaving) return;
  lifecycle.leaving = true;
  log('info', 'shutting down', { signal });
  await new Promise((resolve) => setTimeout(resolve, settings.drainMs));
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), 10_000);
  await closed;
  clearTimeout(late);
  await database.$disconnect();
  log('info', 'stopped');
  process.exit(0);
}
