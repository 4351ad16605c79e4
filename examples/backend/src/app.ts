import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Database } from './database.ts';
import { errorFields, type Log } from './log.ts';
import { documents } from './routes/documents.ts';
import { health, type Lifecycle } from './routes/health.ts';
import { status } from './routes/status.ts';
import { users } from './routes/users.ts';

export interface Dependencies {
  readonly database: Database;
  readonly lifecycle: Lifecycle;
  readonly log: Log;
  readonly statusToken: string;
  readonly commit: string;
}

export function createApp({ database, lifecycle, log, statusToken, commit }: Dependencies): Hono {
  const app = new Hono();

  app.use(async (context, next) => {
    const started = performance.now();
    await next();
    // A load balancer must not reuse a connection to a task that is about to leave.
    if (lifecycle.leaving) context.res.headers.set('Connection', 'close');
    log('info', 'request', {
      method: context.req.method,
      path: context.req.path,
      status: context.res.status,
      durationMs: Math.round(performance.now() - started),
    });
  });

  app.route('/api/health', health(lifecycle));
  app.route('/api/status', status({ database, token: statusToken, commit }));
  app.route('/api/users', users(database));
  app.route('/api/documents', documents(database));

  app.notFound((context) =>
    context.json({ error: `There is no ${context.req.method} ${context.req.path}.` }, 404),
  );
  app.onError((error, context) => {
    if (error instanceof HTTPException) return context.json({ error: error.message }, error.status);
    log('error', 'request failed', {
      method: context.req.method,
      path: context.req.path,
      ...errorFields(error),
    });
    return context.json({ error: 'Something went wrong on our side.' }, 500);
  });
  return app;
}
