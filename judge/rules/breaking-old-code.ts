import { namedRule } from './rule.ts';

export default namedRule({
  id: 'breaking-old-code',
  finds:
    'After these migrations the release that runs now (and would be rolled back to) fails, or will fail once the new release has written.',
  why: 'During a rolling update both releases serve at once, and a rollback brings the old one back onto the new schema. Found by holding its schema.prisma against the schema that the migrations make.',
  instead: 'Two releases: first code that works with both schemas, then the migration.',
});
