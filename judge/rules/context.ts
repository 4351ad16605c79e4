// Questions that many rules ask.
import type { Effect, Estimate, Severity, TableFacts } from '../../core/migrations.ts';
import { estimateWork, longest, type Work, workOf } from '../facts/estimate.ts';
import type { Action } from '../parse/action.ts';
import { lockStrength } from '../schema/locks.ts';
import type { Context } from './rule.ts';

/** Made by the pending migrations themselves: nobody uses it yet, and it is empty. */
export const isNew = (context: Context, table: string): boolean => {
  const entry = context.before.tables.get(table);
  // A view that is replaced may have been there; a materialized one is made once, though its columns may not be known.
  return entry?.madeBy !== undefined && (entry.known || entry.kind === 'materialized-view');
};

export const factsOf = (context: Context, table: string): TableFacts | undefined =>
  context.facts?.tables[table] ?? context.facts?.tables[table.replace(/^public\./, '')];

export const effectOn = (context: Context, table: string): Effect | undefined =>
  context.effects.find((effect) => effect.table === table);

/** The lock keeps writers (SHARE and up) or everyone (ACCESS EXCLUSIVE) out. */
export const keepsOut = (effect: Effect): 'nobody' | 'writers' | 'everyone' =>
  effect.lock === 'ACCESS EXCLUSIVE'
    ? 'everyone'
    : lockStrength(effect.lock) >= lockStrength('SHARE')
      ? 'writers'
      : 'nobody';

/** What the statement costs those who use its tables, and how much that weighs under the policy. */
export function cost(
  context: Context,
  kind?: Action['do'] | 'foreign-key',
): { severity: Severity; estimate: Estimate | undefined; worst: Effect | undefined } {
  let severity: Severity = 'fine';
  const estimates: Estimate[] = [];
  let worst: Effect | undefined;
  for (const effect of context.effects) {
    if (isNew(context, effect.table) || isVirtual(context, effect.table)) continue;
    const work = workOf(effect, kind);
    const estimate = estimateWork(work, factsOf(context, effect.table), effect.lock);
    estimates.push(estimate);
    if (work === 'brief' || keepsOut(effect) === 'nobody') continue;
    if (
      !worst ||
      lockStrength(effect.lock) > lockStrength(worst.lock) ||
      (effect.rewrites && !worst.rewrites)
    )
      worst = effect;
    const small = estimate.high !== null && estimate.high <= context.policy.maxLockSeconds;
    if (!small) severity = 'needs-approval';
    else if (severity === 'fine') severity = 'notice';
  }
  return { severity, estimate: longest(estimates), worst };
}

/** A view has no rows of its own. */
const isVirtual = (context: Context, table: string): boolean =>
  context.before.tables.get(table)?.kind === 'view';

/** For one table and one kind of work, whether or not the effects name it. */
export function costOf(
  context: Context,
  table: string,
  work: Work,
  lock: string,
): { severity: Severity; estimate: Estimate | undefined } {
  if (isNew(context, table)) return { severity: 'fine', estimate: undefined };
  const estimate = estimateWork(work, factsOf(context, table), lock);
  const small = estimate.high !== null && estimate.high <= context.policy.maxLockSeconds;
  return { severity: small ? 'notice' : 'needs-approval', estimate };
}

/** "Every query on orders waits while 41,200,000 rows are read." */
export function waiting(context: Context, effect: Effect, what: string): string {
  const facts = factsOf(context, effect.table);
  const who = keepsOut(effect) === 'everyone' ? 'Every query' : 'Every write';
  const rows =
    facts?.rows === null || facts === undefined
      ? 'the whole table is'
      : `${Math.round(facts.rows).toLocaleString('en-US')} rows are`;
  return `${who} on ${effect.table} waits while ${rows} ${what} under ${effect.lock}.`;
}

/** An earlier pending statement writes rows of the table, or may: what today's rows are like says nothing then. */
const rowsChange = (context: Context, table: string): boolean =>
  context.earlier.some((placed) =>
    placed.statement.actions.some((action) => {
      switch (action.do) {
        case 'update':
        case 'delete':
        case 'insert':
        case 'merge':
        case 'copy':
          return action.table === table;
        case 'truncate':
          return action.tables.includes(table);
        case 'run-code':
          return true;
        default:
          return false;
      }
    }),
  );

/** What a probe of today's rows found for these columns; undefined where it does not tell. */
export function probe(
  context: Context,
  kind: 'nulls' | 'duplicates' | 'rows' | 'orphans' | 'violations',
  table: string,
  columns: readonly string[],
): boolean | undefined {
  if (rowsChange(context, table)) return undefined;
  const found = context.facts?.probes.find(
    (entry) =>
      entry.kind === kind &&
      entry.table === table &&
      [...entry.columns].sort().join() === [...columns].sort().join(),
  );
  return found?.found ?? undefined;
}
