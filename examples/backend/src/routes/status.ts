import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Database } from '../database.ts';

interface Status {
  readonly database: Database;
  readonly token: string;
  readonly commit: string;
}

/** For operators: asks the database for real, and says what runs. 503 where the database does not answer. */
export function status({ database, token, commit }: Status): Hono {
  return new Hono().get('/', async (context) => {
    if (!same(context.req.header('Authorization') ?? '', `Bearer ${token}`)) {
      throw new HTTPException(401, {
        message: 'GET /api/status needs "Authorization: Bearer STATUS_TOKEN".',
      });
    }
    const common = {
      commit,
      uptimeSeconds: Math.round(process.uptime()),
      timestamp: new Date().toISOString(),
    };
    try {
      const started = performance.now();
      const [userCount, documentCount] = await Promise.all([
        database.user.count(),
        database.document.count(),
      ]);
      const latencyMs = Math.round(performance.now() - started);
      return context.json({
        status: 'healthy',
        database: { reachable: true, latencyMs },
        counts: { users: userCount, documents: documentCount },
        ...common,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return context.json({ status: 'unhealthy', database: { reachable: false, reason }, ...common }, 503);
    }
  });
}

/** Compares digests, so that neither the time nor the length gives the token away. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
