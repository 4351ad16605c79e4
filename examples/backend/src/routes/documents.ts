import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Database } from '../database.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { count } from '../metrics.ts';
import { jsonObject, limit, text } from './body.ts';

export function documents(database: Database): Hono {
  return new Hono()
    .get('/', async (context) => {
      const found = await database.document.findMany({
        where: owner(context.req.query('ownerId')),
        orderBy: { id: 'desc' },
        take: limit(context),
        include: { owner: { select: { name: true } } },
      });
      return context.json(found);
    })
    .post('/', async (context) => {
      const body = await jsonObject(context);
      const ownerId = body['ownerId'];
      if (typeof ownerId !== 'number') {
        throw new HTTPException(400, { message: '"ownerId" must be a number.' });
      }
      const data = {
        title: text(body, 'title'),
        body: text(body, 'body'),
        summary: body['summary'] === undefined ? null : text(body, 'summary'),
        ownerId,
      };
      try {
        const document = await database.document.create({ data });
        count('DocumentCreated');
        return context.json(document, 201);
      } catch (error) {
        if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003') {
          throw new HTTPException(400, { message: `There is no user with the id ${ownerId}.` });
        }
        throw error;
      }
    });
}

function owner(query: string | undefined): { ownerId?: number } {
  if (query === undefined) return {};
  const ownerId = Number(query);
  if (!Number.isInteger(ownerId))
    throw new HTTPException(400, { message: '"ownerId" must be a whole number.' });
  return { ownerId };
}
