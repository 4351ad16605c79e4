import { namedRule } from './rule.ts';

export default namedRule({
  id: 'drifting-schema',
  finds: 'schema.prisma and the schema that all migrations make together disagree.',
  why: 'The new release asks for a column or a table that is not there (P2022, P2021), or for one of another type: it fails on its first query.',
  instead: '`npx prisma migrate dev` writes the missing migration.',
});
