// The base of a rehearsal: a worker whose database holds the history. Kept warm, from the cache, or made anew.
import type { ParsedMigration } from '../parse/statements.ts';
import { type BaseCache, baseKey, pack, unpack } from './cache.ts';
import type { Inspection, ReplayFailure } from './protocol.ts';
import { type Limits, Thread } from './thread.ts';

/** Migrations from which on a base is worth its megabytes in the cache: fewer are replayed faster than they are fetched. */
const worthCaching = 50;

/** One worker is kept warm: opening PGlite takes seconds, emptying it milliseconds. */
let warm: { thread: Thread; extensions: string[] } | undefined;

export async function closeRehearsal(): Promise<void> {
  const closing = warm;
  warm = undefined;
  await closing?.thread.close();
}

/** What is known of a base travels with its snapshot. */
type Beside = { failures: ReplayFailure[]; before: Inspection };

export type Base = { thread: Thread; failures: ReplayFailure[]; before: Inspection; fromCache: boolean };

/** A worker whose database holds the history and made-up rows: emptied and filled, from the cache, or new. */
export async function openBase(
  applied: readonly ParsedMigration[],
  extensions: string[],
  cache: BaseCache | undefined,
  limits: Limits,
): Promise<Base> {
  const key = baseKey(applied, extensions);
  const many = applied.length >= worthCaching;
  const cached = many ? await cache?.get(key) : undefined;
  const kept = cached && unpack<Beside>(cached);
  if (kept) {
    const thread = await open(kept.snapshot, extensions, limits);
    if (thread) return { thread, ...kept.beside, fromCache: true };
  }
  const thread = (await reuse(extensions, limits)) ?? (await openEmpty(extensions, limits));
  const files = applied.map((file) => ({
    name: file.name,
    sql: file.source.text,
    statements: file.statements.map((statement) => statement.text),
  }));
  const { failures } = await thread.ask({ do: 'replay', files });
  const before = await thread.ask({ do: 'inspect' });
  await thread.ask({ do: 'seed' });
  if (many && cache) {
    const { bytes } = await thread.ask({ do: 'snapshot' });
    const packed = pack<Beside>(bytes, { failures, before });
    if (packed) await cache.put(key, packed);
  }
  return { thread, failures, before, fromCache: false };
}

async function reuse(extensions: string[], limits: Limits): Promise<Thread | undefined> {
  if (!warm || warm.thread.dead || !extensions.every((name) => warm?.extensions.includes(name)))
    return undefined;
  warm.thread.limits = limits;
  const { clean } = await warm.thread.ask({ do: 'reset' });
  return clean ? warm.thread : undefined;
}

export async function open(
  snapshot: Uint8Array | undefined,
  extensions: string[],
  limits: Limits,
): Promise<Thread | undefined> {
  await closeRehearsal();
  const thread = new Thread(limits);
  try {
    await thread.ask({ do: 'open', snapshot, extensions });
  } catch (error) {
    await thread.close();
    // A damaged snapshot is built again; without one there is nothing else to try.
    if (snapshot) return undefined;
    throw error;
  }
  warm = { thread, extensions };
  return thread;
}

async function openEmpty(extensions: string[], limits: Limits): Promise<Thread> {
  const thread = await open(undefined, extensions, limits);
  if (!thread) throw new Error('PGlite could not be opened.');
  return thread;
}
