// From two looks at the catalogue to what a statement did. Relations are known by their oids *before* the statement:
// what it drops or renames is not there any more afterwards.
import type { Effect, LockMode } from '../../core/migrations.ts';
import type { RehearsedStatement } from './result.ts';

export type Seen = {
  /** oid, name, kind, file */
  relations: [number, string, string, number][];
  /** oid, mode as in pg_locks */
  locks: [number, string][];
  /** oid and how often it was read since the server last flushed its statistics */
  scans: [number, number][];
};

const modes: Record<string, LockMode> = {
  AccessShareLock: 'ACCESS SHARE',
  RowShareLock: 'ROW SHARE',
  RowExclusiveLock: 'ROW EXCLUSIVE',
  ShareUpdateExclusiveLock: 'SHARE UPDATE EXCLUSIVE',
  ShareLock: 'SHARE',
  ShareRowExclusiveLock: 'SHARE ROW EXCLUSIVE',
  ExclusiveLock: 'EXCLUSIVE',
  AccessExclusiveLock: 'ACCESS EXCLUSIVE',
};
const order: LockMode[] = Object.values(modes);

/** Tables, partitioned and foreign ones, views and materialized views; indexes and sequences follow their tables. */
const told = new Set(['r', 'p', 'v', 'm', 'f']);
const kinds: Record<string, string> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  i: 'index',
  I: 'index',
  S: 'sequence',
  c: 'type',
  t: 'toast',
};

export function watch(
  before: Seen,
  after: Seen,
): Pick<RehearsedStatement, 'effects' | 'created' | 'changed' | 'dropped'> {
  const was = new Map(before.relations.map((relation) => [relation[0], relation]));
  const is = new Map(after.relations.map((relation) => [relation[0], relation]));
  // The counters run on over transactions until they are flushed: fewer than before means that they began anew.
  const read = new Map(before.scans);
  const scans = new Set(
    after.scans.filter(([oid, times]) => times !== (read.get(oid) ?? 0)).map(([oid]) => oid),
  );
  const effects = new Map<number, Effect>();
  for (const [oid, mode] of after.locks) {
    const relation = was.get(oid);
    const lock = modes[mode];
    if (!relation || !lock || !told.has(relation[2])) continue;
    const held = effects.get(oid);
    if (held && order.indexOf(held.lock) >= order.indexOf(lock)) continue;
    const now = is.get(oid);
    const rewrites = now !== undefined && relation[3] !== 0 && now[3] !== relation[3];
    effects.set(oid, { table: relation[1], lock, rewrites, scans: scans.has(oid) || rewrites });
  }
  const name = (relation: [number, string, string, number]): string =>
    `${kinds[relation[2]] ?? 'relation'} ${relation[1]}`;
  return {
    effects: [...effects.values()],
    created: after.relations.filter((relation) => !was.has(relation[0])).map(name),
    changed: after.relations
      .filter((relation) => was.has(relation[0]) && was.get(relation[0])?.[1] !== relation[1])
      .map(name),
    dropped: before.relations.filter((relation) => !is.has(relation[0])).map(name),
  };
}
