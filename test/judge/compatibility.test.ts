import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compatibility } from '../../judge/compatibility/agreement.ts';
import { encounters } from '../../judge/compatibility/client.ts';
import type { Encounter, Operation } from '../../judge/compatibility/encounter.ts';
import { readPrismaSchema } from '../../judge/compatibility/prisma.ts';
import { loadParser, parseMigration } from '../../judge/parse/statements.ts';
import { toCatalogue } from '../../judge/rehearse/catalogue.ts';
import { defaultLimits, Thread } from '../../judge/rehearse/thread.ts';
import type { Catalogue } from '../../judge/schema/catalogue.ts';
import { historyCatalogue } from '../../judge/schema/replay.ts';
import { edits, oldSchema, oldSql } from './compatibility-schemas.ts';

type Outcomes = Record<string, string>;
type Measured = {
  id: string;
  sql: string;
  oldOnNew: Outcomes;
  oldAfterNewWrites?: Outcomes;
  newOnOld?: Outcomes;
};
const measured = JSON.parse(
  readFileSync(join(import.meta.dirname, 'data/prisma-compatibility-measured.json'), 'utf8'),
) as Measured[];
// The recording put each migration on one line, Prisma's heading comments included: they would hide the statement.
for (const change of measured)
  change.sql = change.sql.replace(/-- (?:Alter|Create|Drop|Add)(?:Table|Enum|Index|ForeignKey) /g, '');

const operationOf: Record<string, Operation> = {
  findMany: 'findMany',
  select1: 'select',
  include: 'include',
  create: 'create',
  createMin: 'createMinimal',
  createMany: 'createMany',
  update: 'update',
  updateMany: 'updateMany',
  upsert: 'upsert',
  delete: 'delete',
};

/** Errors of the measuring program's own: the new client does not even offer the value or the key that it asked for. */
const ownErrors = new Set([
  'enum-drop-value create',
  'enum-rename-value create',
  'drop-unique upsert',
  // It sent the same id twice.
  'drop-default-autoincrement createMin',
  'drop-default-autoincrement createMany',
  'drop-default-autoincrement upsert',
]);

const code = (outcome: string): string | undefined =>
  outcome === 'ok' ? undefined : (/^ERR (P\d{4})/.exec(outcome)?.[1] ?? '');

/** Agreement: what was measured to fail is foreseen with its code; what was measured to work is not said to fail always. */
function disagreements(
  outcomes: Outcomes,
  found: Encounter[],
  operation: (name: string) => Operation | undefined,
  id: string,
) {
  return Object.entries(outcomes).flatMap(([name, outcome]) => {
    const at = operation(name);
    if (!at || ownErrors.has(`${id} ${name}`)) return [];
    const mine = found.filter((encounter) => encounter.operation === at && encounter.model === 'T');
    const expected = code(outcome);
    if (expected === undefined) {
      const always = mine.filter((encounter) => encounter.result === 'fails');
      return always.length === 0 ? [] : [{ name, measured: 'ok', foreseen: always }];
    }
    return mine.some((encounter) => encounter.code === expected && encounter.result !== 'rare')
      ? []
      : [{ name, measured: outcome, foreseen: mine }];
  });
}

let rehearsed: Map<string, Catalogue>;
let thread: Thread;
let before: Catalogue;
const catalogue = (...sql: string[]): Catalogue =>
  historyCatalogue(sql.map((text, index) => parseMigration({ name: String(index), sql: text })));

beforeAll(async () => {
  await loadParser();
  before = catalogue(oldSql);
  thread = new Thread(defaultLimits);
  await thread.ask({ do: 'open', snapshot: undefined, extensions: [] });
  rehearsed = new Map();
  for (const change of measured) {
    await thread.ask({ do: 'reset' });
    const files = [oldSql, change.sql].map((sql, index) => ({ name: String(index), sql, statements: [] }));
    const { failures } = await thread.ask({ do: 'replay', files });
    expect(failures).toEqual([]);
    rehearsed.set(change.id, toCatalogue(await thread.ask({ do: 'inspect' })));
  }
}, 60_000);

afterAll(() => thread.close());

const client = (id: string) => readPrismaSchema({ 'schema.prisma': edits[id]?.(oldSchema) ?? '' });

for (const change of measured) {
  for (const source of ['text', 'rehearsal']) {
    test(`${change.id}: the old code meets what was measured (schema by ${source})`, () => {
      const after =
        source === 'text' ? catalogue(oldSql, change.sql) : (rehearsed.get(change.id) as Catalogue);
      const old = readPrismaSchema({ 'schema.prisma': oldSchema });
      const found = encounters({ client: old, other: client(change.id), catalogue: after, older: true });
      expect([
        ...disagreements(change.oldOnNew, found, (name) => operationOf[name], change.id),
        ...disagreements(change.oldAfterNewWrites ?? {}, found, () => 'readAfterNewWrites', change.id),
      ]).toEqual([]);
    });
  }

  test(`${change.id}: the new code on the old schema meets what was measured`, () => {
    const old = readPrismaSchema({ 'schema.prisma': oldSchema });
    const found = encounters({ client: client(change.id), other: old, catalogue: before, older: false });
    expect(disagreements(change.newOnOld ?? {}, found, (name) => operationOf[name], change.id)).toEqual([]);
  });

  test(`${change.id}: the verdict is the one that the measurement gives`, () => {
    const old = readPrismaSchema({ 'schema.prisma': oldSchema });
    const after = rehearsed.get(change.id) as Catalogue;
    const fails = (outcomes: Outcomes = {}): boolean =>
      Object.values(outcomes).some((outcome) => outcome !== 'ok');
    const expected = fails(change.oldOnNew)
      ? 'incompatible'
      : // NULL in a required field is no error of Prisma's, and yet the old code cannot live with it.
        fails(change.oldAfterNewWrites) || change.id === 'drop-not-null'
        ? 'until-written'
        : 'compatible';
    const relevant = compatibility(old, client(change.id), before, after).oldCodeOnNewSchema;
    expect(relevant).toBe(expected);
  });
}
