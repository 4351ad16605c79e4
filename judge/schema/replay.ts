// The schema that a row of migrations makes, as far as their text tells.
import type { ParsedMigration } from '../parse/statements.ts';
import { apply } from './apply.ts';
import { type Catalogue, emptyCatalogue } from './catalogue.ts';

export function historyCatalogue(applied: readonly ParsedMigration[]): Catalogue {
  const catalogue = emptyCatalogue();
  for (const file of applied)
    for (const statement of file.statements) for (const action of statement.actions) apply(catalogue, action);
  return catalogue;
}
