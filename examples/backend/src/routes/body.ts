import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';

/** The request's JSON object, or 400. */
export async function jsonObject(context: Context): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await context.req.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HTTPException(400, { message: 'The body must be a JSON object.' });
  }
  return body as Record<string, unknown>;
}

export function text(body: Readonly<Record<string, unknown>>, key: string): string {
  const value = body[key];
  if (typeof value !== 'string' || value.trim() === '') {
    throw new HTTPException(400, { message: `"${key}" must be a text that is not empty.` });
  }
  return value.trim();
}

/** `?limit=`, at most 100. */
export function limit(context: Context): number {
  const value = Number(context.req.query('limit') ?? 20);
  if (!Number.isInteger(value) || value < 1 || value > 100) {
    throw new HTTPException(400, { message: '"limit" must be a whole number from 1 to 100.' });
  }
  return value;
}
