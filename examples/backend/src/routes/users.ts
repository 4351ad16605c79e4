import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Database } from '../database.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { jsonObject, limit, text } from './body.ts';

export function users(database: Database): Hono {
  return new Hono()
    .get('/', async (context) => {
      return context.json(await database.user.findMany({ orderBy: { id: 'asc' }, take: limit(context) }));
    })
    .post('/', async (context) => {
      const body = await jsonObject(context);
      const data = { email: text(body, 'email'), name: text(body, 'name') };
      try {
        return context.json(await database.user.create({ data }), 201);
      } catch (error) {
        if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') {
          throw new HTTPException(409, {
            message: `There is already a user with the address ${data.email}.`,
          });
        }
        throw error;
      }
    });
}
