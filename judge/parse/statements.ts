// One migration file: its statements with exact positions, its comments, and what is wrong with it as a file.
import type { Node } from 'libpg-query';
import type { Migration } from '../../core/migrations.ts';
import type { Action } from './action.ts';
import { actionsOf } from './actions.ts';
import { type Allowance, allowances } from './allow.ts';
import { type Comment, lex } from './lex.ts';
import { loadLibrary, parser } from './library.ts';
import { Source, type SourceProblem } from './source.ts';

export type Statement = {
  /** Its place among the file's statements, from 0. */
  index: number;
  node: Node;
  actions: Action[];
  text: string;
  /** Offset of its first character in the file's text. */
  start: number;
  line: number;
  column: number;
};

export type FileProblem = {
  kind: SourceProblem['kind'] | 'syntax' | 'empty' | 'meta-command' | 'nested-too-deep' | 'unreadable';
  line: number;
  column: number;
  why: string;
};

export type ParsedMigration = {
  name: string;
  file: string;
  source: Source;
  statements: Statement[];
  comments: Comment[];
  problems: FileProblem[];
  allowances: Allowance[];
};

/** PostgreSQL's own limit is its stack (2 MB); WASM's is smaller, and no hand-written migration comes near this. */
const deepest = 200;

/** Before anything is parsed. */
export const loadParser = loadLibrary;

/** Parses one file. Never throws: what cannot be read is a problem of the file. */
export function parseMigration(migration: Migration): ParsedMigration {
  const source = new Source(migration.sql);
  const parsed: ParsedMigration = {
    name: migration.name,
    file: migration.path ?? `${migration.name}/migration.sql`,
    source,
    statements: [],
    comments: [],
    problems: source.problems.map((problem) => ({
      kind: problem.kind,
      why: problem.why,
      ...source.position(problem.at),
    })),
    allowances: [],
  };
  const unreadable = source.problems.some((problem) =>
    ['encoding', 'nul', 'too-large'].includes(problem.kind),
  );
  if (unreadable) return parsed;
  const { comments, meta, depth, code } = lex(source.text);
  parsed.comments = comments;
  parsed.allowances = allowances(comments, source);
  for (const command of meta) {
    parsed.problems.push({
      kind: 'meta-command',
      ...source.position(command.at),
      why: `${command.text.slice(0, 60)} is a command of psql, not SQL; the server that Prisma sends it to does not know it.`,
    });
  }
  if (meta.length > 0) return parsed;
  if (!code) {
    parsed.problems.push({
      kind: 'empty',
      line: 1,
      column: 1,
      why: 'The file holds no statement. Prisma records it as applied and changes nothing.',
    });
    return parsed;
  }
  if (depth > deepest) {
    parsed.problems.push({
      kind: 'nested-too-deep',
      line: 1,
      column: 1,
      why: `Brackets are nested ${depth} deep; over ${deepest} the file is not read.`,
    });
    return parsed;
  }
  try {
    parsed.statements = statementsOf(source, comments);
  } catch (error) {
    parsed.problems.push(problemOf(error, source));
  }
  return parsed;
}

function statementsOf(source: Source, comments: Comment[]): Statement[] {
  const tree = parser().parseSync(source.text);
  const statements: Statement[] = [];
  for (const raw of tree.stmts ?? []) {
    if (!raw.stmt) continue;
    const from = source.unit(raw.stmt_location ?? 0);
    const to = raw.stmt_len ? source.unit((raw.stmt_location ?? 0) + raw.stmt_len) : source.text.length;
    const start = skipBlank(source.text, from, comments);
    let text = source.text.slice(start, to).trimEnd();
    // The last statement's length runs to the end of the file where it has no semicolon.
    if (!raw.stmt_len) text = text.replace(/;\s*$/, '');
    statements.push({
      index: statements.length,
      node: raw.stmt,
      actions: actionsOf(raw.stmt),
      text,
      start,
      ...source.position(start),
    });
  }
  return statements;
}

/** The server counts the white space and comments before a statement as part of it; a person does not. */
function skipBlank(text: string, from: number, comments: Comment[]): number {
  let at = from;
  for (;;) {
    while (at < text.length && /\s/.test(text[at] as string)) at += 1;
    const comment = commentAt(comments, at);
    if (!comment) return at;
    at = comment.end;
  }
}

function commentAt(comments: Comment[], at: number): Comment | undefined {
  let low = 0;
  let high = comments.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const comment = comments[middle] as Comment;
    if (comment.start === at) return comment;
    if (comment.start < at) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

function problemOf(error: unknown, source: Source): FileProblem {
  if (parser().hasSqlDetails(error) && error.sqlDetails) {
    // The parser counts characters (code points), not bytes and not UTF-16 units.
    const unit = unitOfCodePoint(source.text, error.sqlDetails.cursorPosition);
    return {
      kind: 'syntax',
      ...source.position(unit),
      why: `PostgreSQL's parser: ${error.message}. Not one statement of the file would run.`,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'unreadable',
    line: 1,
    column: 1,
    why: `The parser gave up on the file (${message}); it is too deeply nested or too large.`,
  };
}

function unitOfCodePoint(text: string, points: number): number {
  let unit = 0;
  for (let count = 0; count < points && unit < text.length; count += 1)
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  return unit;
}
