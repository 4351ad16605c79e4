import { beforeAll, expect, test } from '@jest/globals';
import { loadParser, parseMigration } from '../../judge/parse/statements.ts';
import { apply } from '../../judge/schema/apply.ts';
import { type Catalogue, copyCatalogue, emptyCatalogue } from '../../judge/schema/catalogue.ts';
import { effectsOf } from '../../judge/schema/effects.ts';
import { context, locksOf, measured, rewritesOf, scanOf, seenLocks, seenRewrites } from './measured.ts';

let catalogue: Catalogue;

beforeAll(async () => {
  await loadParser();
  catalogue = emptyCatalogue();
  for (const statement of parseMigration({ name: 'context', sql: context }).statements)
    for (const action of statement.actions) apply(catalogue, action);
});

/** Where the text alone cannot know what the server knew, and what it says instead. */
const textCannotKnow: Record<string, string> = {
  'ALTER TABLE t SET TABLESPACE pg_default': 'the table is there already',
};

function judged(sql: string) {
  const scratch = copyCatalogue(catalogue);
  let utc = false;
  const effects = parseMigration({ name: 'x', sql }).statements.flatMap((statement) => {
    const set = statement.actions.find((action) => action.do === 'set');
    if (set?.do === 'set' && set.name === 'timezone') utc = set.value === 'UTC';
    const found = effectsOf(statement.actions, { catalogue: scratch, utc });
    for (const action of statement.actions) apply(scratch, action);
    return found;
  });
  return effects;
}

for (const entry of measured.filter((candidate) => !candidate.error && !textCannotKnow[candidate.sql])) {
  test(`the rules foresee what PostgreSQL 15 did: ${entry.sql}`, () => {
    const effects = judged(entry.sql);
    const seen = { locks: seenLocks(effects), rewrites: seenRewrites(effects) };
    expect(seen).toEqual({ locks: locksOf(entry), rewrites: rewritesOf(entry) });
  });
}

for (const entry of measured.filter((candidate) => !candidate.error && scanOf(candidate) === true)) {
  test(`the rules foresee that t is read: ${entry.sql}`, () => {
    expect(judged(entry.sql).some((effect) => effect.table === 't' && effect.scans)).toBe(true);
  });
}
