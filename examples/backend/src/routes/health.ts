import { Hono } from 'hono';

/** What the process knows of its own life; `main.ts` changes it, the routes read it. */
export interface Lifecycle {
  /** True from SIGTERM on: finish what is under way, take nothing new. */
  leaving: boolean;
}

/** Asks nothing of the database: a database that is down is no reason to restart every task. */
export function health(lifecycle: Lifecycle): Hono {
  return new Hono().get('/', (context) => {
    const timestamp = new Date().toISOString();
    if (lifecycle.leaving)
      return context.json({ status: 'unhealthy', reason: 'shutting down', timestamp }, 503);
    return context.json({ status: 'healthy', timestamp });
  });
}
