// Surgery on a statement's own text, so that a safe form keeps the author's words: the parser gives no printer.

/** Splits at top-level commas or finds top-level words: quotes, dollar quotes, comments and brackets are passed over whole. */
export function tokens(sql: string): { text: string; start: number; end: number; depth: number }[] {
  const found: { text: string; start: number; end: number; depth: number }[] = [];
  const pattern =
    /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d+(?:\.\d+)?|[()[\],;.]|[^\s\w()[\],;.'"]+/g;
  let depth = 0;
  for (const match of sql.matchAll(pattern)) {
    const text = match[0];
    if (text.startsWith('--') || text.startsWith('/*')) continue;
    if (text === ')' || text === ']') depth -= 1;
    found.push({ text, start: match.index, end: match.index + text.length, depth });
    if (text === '(' || text === '[') depth += 1;
  }
  return found;
}

const word = (token: { text: string } | undefined): string => (token?.text ?? '').toUpperCase();

/** ALTER TABLE's head and its commands: ["ALTER TABLE t", "ADD COLUMN x int", "DROP COLUMN y"]. */
export function commands(sql: string): string[] | undefined {
  const all = tokens(sql);
  if (word(all[0]) !== 'ALTER' || word(all[1]) !== 'TABLE') return undefined;
  let at = 2;
  if (word(all[at]) === 'IF') at += 2;
  if (word(all[at]) === 'ONLY') at += 1;
  at += 1;
  while (all[at]?.text === '.') at += 2;
  if (all[at]?.text === '*') at += 1;
  const first = all[at];
  if (!first) return undefined;
  const parts = [sql.slice(0, first.start).trim()];
  let start = first.start;
  for (const token of all.slice(at)) {
    if (token.text === ',' && token.depth === 0) {
      parts.push(sql.slice(start, token.start).trim());
      start = token.end;
    }
  }
  parts.push(sql.slice(start).replace(/;\s*$/, '').trim());
  return parts;
}

/** The text of one of a statement's actions as a statement of its own, without a semicolon. */
export function alone(sql: string, position: number): string {
  const parts = commands(sql);
  const part = parts?.[position + 1];
  return parts && part ? `${parts[0]} ${part}` : sql.replace(/;\s*$/, '').trim();
}

const clause = new Set([
  'NOT',
  'NULL',
  'DEFAULT',
  'UNIQUE',
  'PRIMARY',
  'REFERENCES',
  'CHECK',
  'CONSTRAINT',
  'GENERATED',
  'COLLATE',
  'DEFERRABLE',
  'INITIALLY',
]);

/** A column definition in pieces: what stands before its first clause, and each clause ("NOT NULL", "DEFAULT 5"). */
export function clauses(sql: string): { head: string; clauses: string[] } {
  const all = tokens(sql).filter((token) => token.depth === 0);
  const starts: number[] = [];
  let inDefault = false;
  for (let at = 0; at < all.length; at += 1) {
    const here = word(all[at]);
    if (!clause.has(here)) continue;
    const before = word(all[at - 1]);
    // NOT NULL is one clause; ON DELETE SET NULL and SET DEFAULT belong to REFERENCES; DEFAULT NULL is a value.
    if (here === 'NULL' && (before === 'NOT' || before === 'SET' || before === 'DEFAULT')) continue;
    if (here === 'DEFAULT' && (before === 'SET' || before === 'BY')) continue;
    if (inDefault && here === 'NOT' && word(all[at + 1]) !== 'NULL') continue;
    if (before === 'CONSTRAINT' || word(all[at - 2]) === 'CONSTRAINT') continue;
    if (here === 'NOT' && word(all[at + 1]) === 'DEFERRABLE') continue;
    inDefault = here === 'DEFAULT';
    starts.push((all[at] as { start: number }).start);
  }
  return {
    head: sql.slice(0, starts[0] ?? sql.length).trim(),
    clauses: starts.map((start, index) => sql.slice(start, starts[index + 1] ?? sql.length).trim()),
  };
}

/** The definition without the clauses that begin so. */
export function without(sql: string, ...beginnings: string[]): string {
  const parts = clauses(sql);
  const kept = parts.clauses.filter(
    (part) => !beginnings.some((beginning) => part.toUpperCase().replace(/\s+/g, ' ').startsWith(beginning)),
  );
  return [parts.head, ...kept].join(' ');
}

export const clauseOf = (sql: string, beginning: string): string | undefined =>
  clauses(sql).clauses.find((part) => part.toUpperCase().replace(/\s+/g, ' ').startsWith(beginning));
