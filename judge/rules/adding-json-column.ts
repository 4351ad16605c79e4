import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'adding-json-column',
  finds: 'A column of type json (not jsonb) is added to a table that is in use.',
  why: 'json has no equality: every SELECT DISTINCT, UNION, GROUP BY over all columns of the table, also in a raw query of the release that runs now, fails from then on (42883).',
  instead: 'jsonb (`@db.JsonB`, what Prisma takes for Json by itself).',
  on: ['add-column'],
  judge: ({ table, column }, context) => {
    if (column.type.name !== 'json' || column.type.array || isNew(context, table)) return undefined;
    const why = `${column.name} is json: a SELECT DISTINCT or UNION over all columns of ${table} fails afterwards (42883).`;
    return { table, severity: 'needs-approval', why, help: 'Use jsonb.' };
  },
});
