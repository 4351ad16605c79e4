// The base of a rehearsal: a worker whose database holds the history. Kept warm, from the cache, or made anew.
import type { ParsedMigration } from '../parse/statements.ts';
import { type BaseCache, baseKey, emptyKey } from './cache.ts';
import type { Inspection, ReplayFailure } from './protocol.ts';
import { type Limits, Thread } from './thread.ts';

/** Migrations from which on a base is worth its megabytes in the cache: fewer are replayed faster than they are fetched. */
const worthCaching = 50;

/** One worker is kept warm: opening PGlite takes seconds, emptying it milliseconds. */
let warm: { thread: Thread; extensions: string[] } | undefined;

/** The empty cluster, once it has been made in this process. */
export const empties = new Map<string, Uint8Array>();

export async function closeRehearsal(): Promise<void> {
  const closing = warm;
  warm = undefined;
  await closing?.thread.close();
}

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
  const kept = cached && unpack(cached);
  if (kept) {
    const { snapshot, failures, before } = kept;
    const thread = await open(snapshot, extensions, limits);
    if (thread) return { thread, failures, before, fromCache: true };
  }
  const thread = (await reuse(extensions, limits)) ?? (await openEmpty(extensions, cache, limits));
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
    await cache.put(key, pack(bytes, { failures, before }));
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

async function openEmpty(
  extensions: string[],
  cache: BaseCache | undefined,
  limits: Limits,
): Promise<Thread> {
  const key = emptyKey(extensions);
  const known = empties.get(key) ?? (await cache?.get(key));
  const thread = known && (await open(known, extensions, limits));
  if (thread) return thread;
  const made = await open(undefined, extensions, limits);
  if (!made) throw new Error('PGlite could not be opened.');
  if (cache) {
    const { bytes } = await made.ask({ do: 'snapshot' });
    empties.set(key, bytes);
    await cache.put(key, bytes);
  }
  return made;
}

export type Beside = { failures: ReplayFailure[]; before: Inspection };

/** What is known of the base travels in front of the snapshot: a length in four bytes, JSON, the archive. */
function pack(snapshot: Uint8Array, beside: Beside): Uint8Array {
  const head = Buffer.from(JSON.stringify(beside));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, snapshot]);
}

/** Undefined: it is damaged, and the base is built anew. */
function unpack(bytes: Uint8Array): (Beside & { snapshot: Uint8Array }) | undefined {
  const buffer = Buffer.from(bytes);
  try {
    const length = buffer.readUInt32BE(0);
    const beside = JSON.parse(buffer.subarray(4, 4 + length).toString()) as Beside;
    return { snapshot: buffer.subarray(4 + length), ...beside };
  } catch {
    return undefined;
  }
}
