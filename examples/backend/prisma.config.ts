import { defineConfig } from 'prisma/config';
import { databaseUrl } from './src/database-url.ts';

// `prisma generate` needs no database, and a build machine has none: a url is given only where one is described.
const url = databaseUrl(process.env);

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url === undefined ? {} : { datasource: { url } }),
});
