// PGlite as the rehearsal uses it: open, replay, seed, watch one statement. Runs inside the worker only.
// Longer than 250 lines because the connection is one, and whoever uses it must know what the others leave on it.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Extensions, PGlite } from '@electric-sql/pglite';
import { chunkSize, emptyCluster, initOptions } from './empty.ts';
import { contrib } from './extensions.ts';
import type { Answers, Inspection, Order, ReplayFailure, StatementOrder } from './protocol.ts';
import { inspection, leftovers, objects, observe } from './queries.ts';
import type { RehearsedStatement } from './result.ts';
import { seeds } from './seed.ts';
import { type Seen, watch } from './watch.ts';

const errorOf = (error: unknown): { code: string; message: string } => {
  const { code, message } = error as { code?: string; message?: string };
  return { code: code ?? '', message: message ?? String(error) };
};

/** No error of SQL, all of which have a code: WebAssembly's stack or memory ended, and what is left of the server is not to be trusted. */
export class ServerBroken extends Error {}

export class RehearsalDatabase {
  readonly #db: PGlite;
  #seen: Seen | undefined;
  /** Objects that an empty cluster brings along. */
  #bare = 0;

  private constructor(db: PGlite) {
    this.#db = db;
  }

  static async open(snapshot: Uint8Array | undefined, names: readonly string[]): Promise<RehearsalDatabase> {
    const extensions: Extensions = {};
    for (const name of names) {
      const loaded = await contrib(name);
      if (loaded) extensions[name] = loaded;
    }
    const archive = snapshot ? zstdDecompressSync(snapshot, { chunkSize }) : emptyCluster();
    const options = archive
      ? { loadDataDir: new Blob([archive as Uint8Array<ArrayBuffer>]) }
      : { initDbStartParams: [...initOptions] };
    const database = new RehearsalDatabase(await PGlite.create({ ...options, extensions }));
    if (!snapshot) database.#bare = await database.#count();
    return database;
  }

  async snapshot(): Promise<Uint8Array> {
    // Without it the server that opens the snapshot would first replay all that was written.
    await this.#db.exec('CHECKPOINT');
    const blob = await this.#db.dumpDataDir('none');
    return zstdCompressSync(new Uint8Array(await blob.arrayBuffer()), {
      chunkSize,
      params: { [constants.ZSTD_c_compressionLevel]: 3 },
    });
  }

  /** Back to an empty database. Not clean: something stayed, and the worker must be thrown away. */
  async reset(): Promise<{ clean: boolean }> {
    this.#seen = undefined;
    try {
      await this.#db.exec('ROLLBACK');
      // It refuses to run beside anything else.
      await this.#db.exec('DISCARD ALL');
      await this.#db.exec(`
        DO $$ DECLARE item record; BEGIN
          FOR item IN SELECT extname FROM pg_extension WHERE oid >= 16384 LOOP EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', item.extname); END LOOP;
          FOR item IN SELECT nspname FROM pg_namespace WHERE (oid >= 16384 OR nspname = 'public') AND nspname NOT LIKE 'pg_%' LOOP EXECUTE format('DROP SCHEMA %I CASCADE', item.nspname); END LOOP;
          FOR item IN SELECT rolname FROM pg_roles WHERE oid >= 16384 LOOP EXECUTE format('DROP OWNED BY %I CASCADE', item.rolname); EXECUTE format('DROP ROLE %I', item.rolname); END LOOP;
        END $$; CREATE SCHEMA public;`);
      return { clean: (await this.#count()) === this.#bare };
    } catch {
      return { clean: false };
    }
  }

  async #count(): Promise<number> {
    const { rows } = await this.#db.query<{ left_over: number | string }>(leftovers);
    return Number(rows[0]?.left_over);
  }

  /** The applied migrations, a file at a time; a file that fails as a whole is tried statement by statement. */
  async replay(files: Extract<Order, { do: 'replay' }>['files']): Promise<{ failures: ReplayFailure[] }> {
    const failures: ReplayFailure[] = [];
    for (const file of files) {
      try {
        await this.#db.exec(file.sql);
      } catch {
        await this.#db.exec('ROLLBACK');
        for (const statement of file.statements) {
          try {
            await this.#db.exec(statement);
          } catch (error) {
            failures.push({ migration: file.name, statement: statement.slice(0, 200), ...errorOf(error) });
          }
        }
      }
      // A file's own settings must not change how the next one is read.
      await this.#db.exec('ROLLBACK; RESET ALL; RESET SESSION AUTHORIZATION');
    }
    return { failures };
  }

  async inspect(): Promise<Inspection> {
    const { rows } = await this.#db.query<Inspection>(inspection);
    return rows[0] as Inspection;
  }

  async seed(): Promise<Answers['seed']> {
    let tables = 0;
    let rows = 0;
    await this.#db.exec("SET session_replication_role = 'replica'");
    for (const { attempts } of seeds(await this.inspect())) {
      const [together = [], apart = []] = attempts;
      let inserted = await this.#insert(together);
      // A CHECK that some made-up row does not satisfy: the others still serve.
      if (inserted === 0) inserted = await this.#insert(apart);
      tables += inserted > 0 ? 1 : 0;
      rows += inserted;
    }
    await this.#db.exec("SET session_replication_role = 'origin'");
    return { tables, rows };
  }

  /** How many of the statements the table took. */
  async #insert(statements: readonly string[]): Promise<number> {
    let taken = 0;
    for (const sql of statements) {
      try {
        await this.#db.exec(sql);
        taken += 1;
      } catch {
        // Made-up values are only a try.
      }
    }
    return taken;
  }

  /** With `then`, in the same round trip: what ends the transaction. */
  async #observe(then = ''): Promise<Seen> {
    const [result] = await this.#db.exec(`${observe}; ${then}`);
    const seen = result?.rows[0] as Seen | undefined;
    if (!seen) throw new ServerBroken('the server of the rehearsal does not answer any more');
    return seen;
  }

  async rehearse(order: StatementOrder): Promise<RehearsedStatement> {
    const started = performance.now();
    let before = this.#seen ?? (await this.#observe());
    const base = {
      migration: order.migration,
      index: order.index,
      effects: [],
      created: [],
      changed: [],
      dropped: [],
    };
    if (order.outside) {
      const said = await this.#outside(order);
      this.#seen = undefined;
      const milliseconds = performance.now() - started;
      const { failure, onRows } = said;
      if (failure) return { ...base, outcome: 'failed', error: failure, milliseconds };
      return { ...base, outcome: 'ok', reason: 'outside', ...(onRows ? { onRows } : {}), milliseconds };
    }
    let onRows: RehearsedStatement['onRows'];
    let failure = await this.#attempt(order.sql);
    // Classes 22 and 23 are about values: today's rows decide, not the made-up ones.
    if (failure && /^2[23]/.test(failure.code)) {
      onRows = failure;
      await this.#empty(order.tables);
      before = await this.#observe();
      failure = await this.#attempt(order.sql);
      if (
        failure &&
        /^2[23]/.test(failure.code) &&
        failure.code === onRows.code &&
        failure.message === onRows.message
      )
        onRows = undefined;
    }
    if (failure) {
      // What the failed attempt read must not be counted against the next statement.
      this.#seen = undefined;
      return {
        ...base,
        outcome: 'failed',
        error: failure,
        ...(onRows ? { onRows } : {}),
        milliseconds: performance.now() - started,
      };
    }
    let after: Seen;
    try {
      after = await this.#observe(order.undo ? 'ROLLBACK' : 'COMMIT');
    } catch (error) {
      if (error instanceof ServerBroken) throw error;
      // A deferred constraint speaks only now.
      this.#seen = undefined;
      return { ...base, outcome: 'failed', error: errorOf(error), milliseconds: performance.now() - started };
    }
    this.#seen = order.undo ? { ...before, scans: after.scans } : after;
    return {
      ...base,
      ...watch(before, after),
      outcome: 'ok',
      ...(onRows ? { onRows } : {}),
      milliseconds: performance.now() - started,
    };
  }

  /** Runs it by itself; once more without the made-up rows where it was they that it failed on. */
  async #outside(
    order: StatementOrder,
  ): Promise<{ failure?: RehearsedStatement['error']; onRows?: RehearsedStatement['onRows'] }> {
    const attempt = () =>
      this.#db.exec(order.sql).then(
        () => undefined,
        (error: unknown) => errorOf(error),
      );
    const onRows = await attempt();
    if (!onRows || !/^2[23]/.test(onRows.code)) return onRows ? { failure: onRows } : {};
    // An index that is built concurrently stays behind, INVALID, when its build fails.
    const { rows } = await this.#db.query<{ name: string }>(
      'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid',
    );
    for (const { name } of rows) await this.#db.exec(`DROP INDEX ${name}`);
    this.#seen = undefined;
    await this.#empty(order.tables);
    const failure = await attempt();
    return failure ? { failure } : { onRows };
  }

  /** Runs it in a transaction that stays open; undefined: it ran. */
  async #attempt(sql: string): Promise<{ code: string; message: string } | undefined> {
    try {
      // One round trip: there and back costs more than most statements.
      await this.#db.exec(`BEGIN;\n${sql}`);
      return undefined;
    } catch (error) {
      const failure = errorOf(error);
      if (failure.code === '') throw new ServerBroken(failure.message);
      await this.#db.exec('ROLLBACK');
      return failure;
    }
  }

  async #empty(tables: readonly string[]): Promise<void> {
    const known = new Set(
      (this.#seen ?? (await this.#observe())).relations
        .filter((relation) => relation[2] === 'r')
        .map((relation) => relation[1]),
    );
    const mine = tables.filter((table) => known.has(table));
    if (mine.length === 0) return;
    const list = mine
      .map((table) =>
        table
          .split('.')
          .map((part) => `"${part.replaceAll('"', '""')}"`)
          .join('.'),
      )
      .join(', ');
    await this.#db.exec(
      `SET session_replication_role = 'replica'; TRUNCATE ${list} CASCADE; SET session_replication_role = 'origin'`,
    );
    // TRUNCATE gave them new files.
    this.#seen = undefined;
  }

  /** Whether the server would take the statements, without running them. */
  async prepare(statements: readonly string[]): Promise<Answers['prepare']> {
    const failures: Answers['prepare']['failures'] = [];
    for (const [index, sql] of statements.entries()) {
      try {
        await this.#db.exec(`PREPARE lockstep_probe AS ${sql}; DEALLOCATE lockstep_probe`);
      } catch (error) {
        await this.#db.exec('ROLLBACK');
        failures.push({ index, ...errorOf(error) });
      }
    }
    return { failures };
  }

  /** Everything there is, by kind and name, with a digest of its state: for the difference that a set of migrations makes. */
  async objects(): Promise<[string, string][]> {
    const { rows } = await this.#db.query<{ name: string; state: string }>(objects);
    return rows.map((row) => [row.name, row.state]);
  }
}
