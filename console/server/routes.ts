/**
 * Which question an address is.
 *
 * GET /api/now                                  Now
 * GET /api/service/ENVIRONMENT/SERVICE          ServiceFacts
 * GET /api/history?days=&service=&environment=&by=&verdict=   History
 * GET /api/metrics/ENVIRONMENT/SERVICE?hours=   Metrics
 * GET /api/schedules                            Schedules
 * GET /api/deployment/ID                        Deployment
 * GET /api/deployment/ID/graph                  Graph
 * GET /api/deployment/ID/timeline               Timeline
 * GET /api/deployment/ID/logs?source=           Logs
 * GET /api/deployment/ID/definition             Definition
 * GET /api/deployment/ID/approval               Approval (of any deployment with pending migrations)
 * GET /api/deployment/ID/events                 Events
 * POST /api/deployment/ID/{approve|reject|cancel}, /api/service/ENVIRONMENT/SERVICE/rollback   ActionRequest → ActionAnswer
 * GET /api/events?deployment=ID                 server-sent LiveEvents, each as `data:` under the event name `live`
 *
 * Whatever cannot be answered is a `Problem` with a status of 4xx or 5xx.
 */
import { z } from 'zod';
import { Refused, type Source } from './source.ts';

export interface Asked {
  readonly method: 'GET' | 'POST';
  /** The address's words after /api/. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

const actionSchema = z.strictObject({
  confirm: z.string().max(100).optional(),
  reason: z.string().trim().max(500).optional(),
  accept: z.array(z.enum(['downtime', 'no-rollback', 'data-loss'])).optional(),
  to: z.string().min(1).max(200).optional(),
});

/** Days and hours that a page may ask for. */
const DAYS = { usual: 30, most: 365 };
const HOURS = { usual: 3, most: 24 * 14 };

export async function route(asked: Asked, source: Source): Promise<unknown> {
  const { method, path } = asked;
  const [what, first = '', second = ''] = path;
  if (method === 'POST') return act(asked, source);
  switch (`${what}/${path.length}`) {
    case 'now/1':
      return source.now();
    case 'schedules/1':
      return source.schedules();
    case 'history/1':
      return source.history(historyQuery(asked.query));
    case 'service/3':
      return source.service(first, second);
    case 'metrics/3':
      return source.metrics(first, second, numberOf(asked.query.get('hours'), HOURS));
    case 'deployment/2':
      return source.deployment(first);
    case 'deployment/3':
      return pieceOf(first, second, asked.query, source);
    default:
      throw nothing(path);
  }
}

function pieceOf(id: string, piece: string, query: URLSearchParams, source: Source): Promise<unknown> {
  switch (piece) {
    case 'graph':
      return source.graph(id);
    case 'timeline':
      return source.timeline(id);
    case 'logs':
      return source.logs(id, query.get('source') ?? undefined);
    case 'definition':
      return source.definition(id);
    case 'approval':
      return source.approval(id);
    case 'events':
      return source.events(id);
    default:
      throw nothing(['deployment', id, piece]);
  }
}

async function act({ path, body }: Asked, source: Source): Promise<unknown> {
  const [what, first = '', second = '', third = ''] = path;
  const parsed = actionSchema.safeParse(body);
  if (!parsed.success) {
    const sentence = `The request is not one that the console knows: ${parsed.error.issues[0]?.message}`;
    throw new Refused(400, { part: 'action', sentence, remedy: 'Load the page again.' });
  }
  const { confirm, reason, accept, to } = parsed.data;
  const request = {
    ...(confirm !== undefined && { confirm }),
    ...(reason && { reason }),
    ...(accept && { accept }),
    ...(to !== undefined && { to }),
  };
  if (what === 'deployment' && path.length === 3) {
    if (second === 'approve' || second === 'reject' || second === 'cancel')
      return source.act({ action: second, id: first }, request);
  }
  if (what === 'service' && path.length === 4 && third === 'rollback')
    return source.act({ action: 'rollback', environment: first, service: second }, request);
  throw nothing(path);
}

function historyQuery(query: URLSearchParams) {
  const named = (['service', 'environment', 'by', 'verdict'] as const).flatMap((name) => {
    const value = query.get(name);
    return value ? [[name, value]] : [];
  });
  return { days: numberOf(query.get('days'), DAYS), ...Object.fromEntries(named) };
}

function numberOf(text: string | null, { usual, most }: { usual: number; most: number }): number {
  const value = Number(text ?? usual);
  return Number.isInteger(value) && value > 0 ? Math.min(value, most) : usual;
}

function nothing(path: readonly string[]): Refused {
  const sentence = `There is no /api/${path.join('/')}.`;
  return new Refused(404, { part: 'page', sentence, remedy: 'Load the page again.' });
}
