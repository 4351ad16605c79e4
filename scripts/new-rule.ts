/**
 * Scaffolds a rule: `npm run new-rule -- NAME`, for example `npm run new-rule -- dropping-publication`.
 * Writes judge/rules/NAME.ts and NAME.cases.sql, and registers it. docs/rules/NAME.md follows from `npm run docs`.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from './rule-registry.ts';

const folder = join(import.meta.dirname, '../judge/rules');

const source = (id: string): string => `import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: '${id}',
  finds: 'One sentence: what the statement does.',
  why: 'What a person meets when it runs in production.',
  instead: 'The safe form, in words and SQL.',
  // Which actions (judge/parse/action.ts) it is asked about.
  on: ['truncate'],
  judge: (action, context) => {
    const tables = action.tables.filter((table) => !isNew(context, table));
    if (tables.length === 0) return undefined;
    return { severity: 'notice', why: \`What happens to \${tables.join(', ')}.\` };
  },
});
`;

const cases = `-- caught notice: say what it is, in the shop of shop.sql
TRUNCATE audit;
-- quiet: what must pass
CREATE TABLE parcels (id int); TRUNCATE parcels;
`;

const [id] = process.argv.slice(2);
if (!id || !/^[a-z]+(-[a-z]+)+$/.test(id)) {
  console.error(
    'usage: npm run new-rule -- NAME   (lower case words with dashes, for example dropping-publication)',
  );
  process.exitCode = 1;
} else if (existsSync(join(folder, `${id}.ts`))) {
  console.error(`error: judge/rules/${id}.ts is there already.`);
  process.exitCode = 1;
} else {
  writeFileSync(join(folder, `${id}.ts`), source(id));
  writeFileSync(join(folder, `${id}.cases.sql`), cases);
  writeFileSync(join(folder, 'index.ts'), registry());
  console.log(`judge/rules/${id}.ts and ${id}.cases.sql are written and registered.
Next: write the rule and its cases, then
  npm test -- test/judge/rules        runs the cases
  npm run docs                        writes docs/rules/${id}.md`);
}
