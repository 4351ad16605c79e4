// The rehearsal: the schema from the applied migrations, then every pending statement for real, watched.
import type { ParsedMigration, Statement } from '../parse/statements.ts';
import type { Catalogue } from '../schema/catalogue.ts';
import { type Base, closeRehearsal, openBase } from './base.ts';

export { closeRehearsal } from './base.ts';

import { type BaseCache, folderCache } from './cache.ts';
import { toCatalogue } from './catalogue.ts';
import { availableExtensions } from './extensions.ts';
import type { Inspection, ReplayFailure, StatementOrder } from './protocol.ts';
import type { RehearsedStatement } from './result.ts';
import { isTransactionControl, lacking, runsOutside, unrehearsable } from './screen.ts';
import { defaultLimits, type Limits, OutOfBounds } from './thread.ts';

export type RehearsalOptions = {
  cacheFolder?: string;
  cache?: BaseCache;
  limits?: Partial<Limits>;
  /** Whether the schemas before and after are wanted (default true): reading them takes time where there are many tables. */
  schemas?: boolean;
};

export type Rehearsal = {
  done: boolean;
  reason?: string;
  milliseconds: number;
  baseFromCache: boolean;
  /** By `${migration}\0${index}`. */
  statements: Map<string, RehearsedStatement>;
  /** The whole history was replayed without a failure: what is not there now is not there in the database either. */
  complete: boolean;
  failures: ReplayFailure[];
  /** Only where they are true: the history was complete and every pending statement ran. */
  before?: Catalogue;
  after?: Catalogue;
  /** Asks the rehearsed new schema whether it takes a statement; gone once the next rehearsal starts. */
  prepare?: (statements: string[]) => Promise<{ index: number; code: string; message: string }[]>;
};

/** Rehearsals take turns: there is one worker. */
let turn: Promise<unknown> = Promise.resolve();

export function rehearse(
  pending: readonly ParsedMigration[],
  applied: readonly ParsedMigration[],
  options: RehearsalOptions,
): Promise<Rehearsal> {
  const mine = turn.then(() => run(pending, applied, options));
  turn = mine.catch(() => undefined);
  return mine;
}

async function run(
  pending: readonly ParsedMigration[],
  applied: readonly ParsedMigration[],
  options: RehearsalOptions,
): Promise<Rehearsal> {
  const started = performance.now();
  const limits = { ...defaultLimits, ...options.limits };
  const cache = options.cache ?? (options.cacheFolder ? folderCache(options.cacheFolder) : undefined);
  const extensions = extensionsIn([...applied, ...pending]);
  const statements = new Map<string, RehearsedStatement>();
  const result: Rehearsal = {
    done: false,
    milliseconds: 0,
    baseFromCache: false,
    statements,
    complete: false,
    failures: [],
  };
  const replay = applied.filter((file) => file.statements.length > 0);
  try {
    let base = await openBase(replay, extensions, cache, limits);
    result.baseFromCache = base.fromCache;
    result.failures = base.failures;
    result.complete = replay.length > 0 && base.failures.length === 0 && replay.length === applied.length;
    const { before } = base;
    const ran: StatementOrder[] = [];
    const end = performance.now() + limits.pending;
    let restarts = 0;
    let broken = false;
    for (const file of pending) {
      for (const statement of file.statements) {
        const key = `${file.name}\0${statement.index}`;
        const skip = (reason: string): void => void statements.set(key, skipped(file, statement, reason));
        const reason =
          unrehearsable(statement) ??
          (restarts > 3 ? 'too many statements before it had to be stopped' : undefined) ??
          (performance.now() > end ? `those before it took ${limits.pending / 1000} s` : undefined);
        if (isTransactionControl(statement))
          statements.set(key, { ...skipped(file, statement, ''), outcome: 'ok' });
        else if (reason) {
          skip(reason);
          broken = true;
        } else {
          const order = orderFor(file, statement);
          try {
            const seen = await base.thread.ask({ do: 'rehearse', statement: order });
            const lack = seen.error && lacking(seen.error, result.complete && !broken);
            if (seen.outcome === 'ok' && !order.outside) statements.set(key, seen);
            else if (seen.outcome === 'ok') {
              skip('it cannot run in a transaction, where its locks could be seen; it ran');
              const told = statements.get(key);
              if (told && seen.onRows) statements.set(key, { ...told, onRows: seen.onRows });
            } else if (lack) skip(lack);
            else statements.set(key, seen);
            if (seen.outcome === 'ok') ran.push(order);
            else broken = true;
          } catch (error) {
            if (!(error instanceof OutOfBounds)) throw error;
            skip(error.message);
            broken = true;
            restarts += 1;
            base = await openBase(replay, extensions, cache, limits);
            for (const again of ran) await base.thread.ask({ do: 'rehearse', statement: again });
          }
        }
      }
    }
    await finish(result, base, before, broken || options.schemas === false);
  } catch (error) {
    // A rehearsal that cannot be held is no reason to have no judgement: the rules judge, and it is said.
    const why = error instanceof Error ? error.message : String(error);
    result.reason = `It could not be held: ${why}`;
    for (const file of pending)
      for (const statement of file.statements) {
        const key = `${file.name}\0${statement.index}`;
        const reason = `the rehearsal could not be held: ${why}`;
        if (!statements.has(key)) statements.set(key, skipped(file, statement, reason));
      }
    await closeRehearsal();
  }
  result.milliseconds = Math.round(performance.now() - started);
  return result;
}

async function finish(result: Rehearsal, base: Base, before: Inspection, broken: boolean): Promise<void> {
  result.done = true;
  const missing = [...result.statements.values()].filter(
    (statement) => statement.outcome === 'skipped' && !statement.reason?.endsWith('it ran'),
  ).length;
  if (missing > 0)
    result.reason = `${missing} of ${result.statements.size} statements could not be rehearsed.`;
  if (!result.complete || broken) return;
  result.before = toCatalogue(before);
  result.after = toCatalogue(await base.thread.ask({ do: 'inspect' }));
  const { thread } = base;
  result.prepare = async (statements) =>
    thread.dead ? [] : (await thread.ask({ do: 'prepare', statements })).failures;
}

const skipped = (file: ParsedMigration, statement: Statement, reason: string): RehearsedStatement => ({
  migration: file.name,
  index: statement.index,
  outcome: 'skipped',
  effects: [],
  created: [],
  changed: [],
  dropped: [],
  milliseconds: 0,
  ...(reason ? { reason } : {}),
});

function orderFor(file: ParsedMigration, statement: Statement): StatementOrder {
  const tables = new Set<string>();
  for (const action of statement.actions)
    if ('table' in action && typeof action.table === 'string') tables.add(action.table);
  // Each statement is its own transaction here, so SET LOCAL would be forgotten before the statement it is meant for.
  const local = statement.actions.some((action) => action.do === 'set' && action.local);
  const sql = local ? statement.text.replace(/^\s*set\s+local\b/i, 'SET') : statement.text;
  return {
    migration: file.name,
    index: statement.index,
    sql,
    outside: runsOutside(statement),
    tables: [...tables],
  };
}

function extensionsIn(files: readonly ParsedMigration[]): string[] {
  const names = new Set<string>();
  for (const file of files)
    for (const statement of file.statements)
      for (const action of statement.actions) if (action.do === 'create-extension') names.add(action.name);
  return [...names].filter((name) => availableExtensions.includes(name)).sort();
}
