// placeholder until the worker lands in the next commit of this change
import type { ParsedMigration } from '../parse/statements.ts';
import type { Catalogue } from '../schema/catalogue.ts';
import type { RehearsedStatement } from './result.ts';

export type RehearsalOptions = { cacheFolder?: string };
export type Rehearsal = {
  done: boolean;
  reason?: string;
  milliseconds: number;
  baseFromCache: boolean;
  statements: Map<string, RehearsedStatement>;
  before?: Catalogue;
  after?: Catalogue;
};
export async function rehearse(
  _pending: readonly ParsedMigration[],
  _applied: readonly ParsedMigration[],
  _options: RehearsalOptions,
): Promise<Rehearsal | undefined> {
  return undefined;
}
