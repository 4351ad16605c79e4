/**
 * Requests in the log of a task. A load balancer counts the answers of all tasks together; only what a task writes itself
 * says whether the new code or the old one has answered. Read are the forms in which Node's loggers write a request: a JSON
 * object with a method or a path beside the status (pino-http, winston, an own one), and `GET /path 200 3 ms` (morgan, Hono,
 * the common log format).
 */

export interface LoggedAnswer {
  readonly status: number;
  /** Null where the line does not say. */
  readonly milliseconds: number | null;
}

const STATUS = [
  'status',
  'statusCode',
  'status_code',
  'res.statusCode',
  'res.status',
  'response.status',
  'response.statusCode',
];
const REQUEST = [
  'method',
  'path',
  'url',
  'req.method',
  'req.url',
  'request.method',
  'request.url',
  'request.path',
];
const MILLISECONDS = [
  'durationMs',
  'duration_ms',
  'responseTime',
  'response_time',
  'latencyMs',
  'latency_ms',
  'elapsedMs',
  'ms',
  'duration',
];
const TEXT =
  /\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+\S+(?:\s+HTTP\/[\d.]+"?)?\s+(\d{3})\b(?:.*?\b(\d+(?:\.\d+)?)\s?(ms|s)\b)?/;

/** Undefined for a line that tells of no request that was answered. */
export function answerIn(message: string): LoggedAnswer | undefined {
  return message.trimStart().startsWith('{') ? inJson(message) : inText(message);
}

function inJson(message: string): LoggedAnswer | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (!REQUEST.some((path) => typeof at(fields, path) === 'string')) return undefined;
  const status = Number(STATUS.map((path) => at(fields, path)).find((value) => value !== undefined));
  if (!isStatus(status)) return undefined;
  const took = Number(
    MILLISECONDS.map((path) => at(fields, path)).find((value) => typeof value === 'number'),
  );
  return { status, milliseconds: Number.isFinite(took) ? took : null };
}

function inText(message: string): LoggedAnswer | undefined {
  const match = TEXT.exec(message);
  const status = Number(match?.[1]);
  if (!match || !isStatus(status)) return undefined;
  const took = match[2] === undefined ? null : Number(match[2]) * (match[3] === 's' ? 1000 : 1);
  return { status, milliseconds: took };
}

const isStatus = (status: number) => Number.isInteger(status) && status >= 100 && status < 600;

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
      value,
    );
}
