/** Why answers are slow, from the database's own log and its counts of how tables are read. Pure. */

/** A statement that the server logged because it took longer than log_min_duration_statement. */
export interface SlowStatement {
  readonly milliseconds: number;
  /** On one line, as PostgreSQL wrote it: with `$1` for values where the driver sent them apart. */
  readonly statement: string;
}

/** A table that is read from its beginning to its end, again and again, because no index fits. */
export interface ScannedTable {
  readonly table: string;
  readonly rows: number;
  /** Since the server's statistics were last reset. */
  readonly scans: number;
}

const SHOWN = 160;
/** How a statement begins that a service sends to answer a request; comments may stand before it. */
const ASKED =
  /^(?:--[^\n]*\n|\/\*[\s\S]*?\*\/|[\s(])*(?:SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES|CALL)\b/i;

/**
 * `LOG:  duration: 1234.5 ms  execute s1: SELECT …`, whatever stands before it. What took longer than `longest` milliseconds,
 * which no answer did, is left out: a migration, a report, somebody's own session. So is what no answer waits for, however
 * short it was: ANALYZE, VACUUM, an index that is being built.
 */
export function slowestStatement(lines: readonly string[], longest: number): SlowStatement | null {
  let slowest: SlowStatement | null = null;
  for (const line of lines) {
    const found =
      /duration: ([\d.]+) ms {2}(?:statement|execute [^:]*|parse [^:]*|bind [^:]*): ([\s\S]*)/.exec(line);
    const milliseconds = Number(found?.[1]);
    if (!found || milliseconds <= (slowest?.milliseconds ?? 0) || milliseconds > longest) continue;
    if (!ASKED.test(found[2] ?? '')) continue;
    const statement = (found[2] ?? '').replace(/\s+/g, ' ').trim();
    slowest = {
      milliseconds,
      statement: statement.length > SHOWN ? `${statement.slice(0, SHOWN)}…` : statement,
    };
  }
  return slowest;
}

/** What is known of it, in a sentence each; nothing where nothing is. */
export function slowSentences(statement: SlowStatement | null, tables: readonly ScannedTable[]): string[] {
  const sentences: string[] = [];
  if (statement)
    sentences.push(
      `The slowest statement of the last minutes took ${whole(statement.milliseconds)} ms: ${statement.statement}`,
    );
  // The statement says which of the tables matters now; without one, the largest does.
  const named = tables.filter(({ table }) => mentions(statement?.statement ?? '', table));
  const [first] = (statement ? named : [...tables]).toSorted((a, b) => b.rows * b.scans - a.rows * a.scans);
  if (first)
    sentences.push(
      `${first.table} (${whole(first.rows)} rows) has been read from end to end ${whole(first.scans)} times: a Seq Scan that wants an index.`,
    );
  return sentences;
}

/** Each word once, with or without quotes; `public.documents` may be written `documents`. */
function mentions(statement: string, table: string): boolean {
  const name = table.split('.').at(-1) ?? table;
  return statement.split(/[^\w$]+/).includes(name);
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
