// What PostgreSQL's parser does not give back: comments, and the shapes that must be refused before it is asked
// (psql's meta-commands, NUL bytes, nesting so deep that a recursive parser runs out of stack).

export type Comment = { start: number; end: number; text: string };
export type Lexed = {
  comments: Comment[];
  meta: { at: number; text: string }[];
  depth: number;
  code: boolean;
};

const identifier = /[A-Za-z0-9_$\u0080-\uffff]/;

/** Walks once over the text, as the server's lexer does, with offsets in UTF-16 units. */
export function lex(text: string): Lexed {
  const comments: Comment[] = [];
  const meta: { at: number; text: string }[] = [];
  let depth = 0;
  let deepest = 0;
  let code = false;
  let lineHasCode = false;
  let at = 0;
  while (at < text.length) {
    const char = text[at] as string;
    if (char === '\n') {
      lineHasCode = false;
      at += 1;
    } else if (char === '-' && text[at + 1] === '-') {
      const end = endOfLine(text, at);
      comments.push({ start: at, end, text: text.slice(at + 2, end).trim() });
      at = end;
    } else if (char === '/' && text[at + 1] === '*') {
      const end = endOfBlock(text, at);
      comments.push({ start: at, end, text: text.slice(at + 2, Math.max(at + 2, end - 2)).trim() });
      at = end;
    } else if (/\s/.test(char)) {
      at += 1;
    } else {
      // psql reads a backslash as a command only outside quotes; at the start of a line it can be nothing else.
      if (char === '\\' && !lineHasCode) {
        const end = endOfLine(text, at);
        meta.push({ at, text: text.slice(at, end).trim() });
        at = end;
        continue;
      }
      if (char !== ';') code = true;
      lineHasCode = true;
      if (char === "'") {
        const escapes =
          at > 0 && /[eE]/.test(text[at - 1] as string) && !identifier.test(text[at - 2] ?? ' ');
        at = endOfQuoted(text, at, "'", escapes);
      } else if (char === '"') {
        at = endOfQuoted(text, at, '"', false);
      } else if (char === '$' && !identifier.test(text[at - 1] ?? ' ')) {
        at = endOfDollar(text, at);
      } else {
        if (char === '(' || char === '[') {
          depth += 1;
          deepest = Math.max(deepest, depth);
        }
        if (char === ')' || char === ']') depth -= 1;
        at += 1;
      }
    }
  }
  return { comments, meta, depth: deepest, code };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/** Block comments nest in PostgreSQL. */
function endOfBlock(text: string, from: number): number {
  let level = 1;
  let at = from + 2;
  while (at < text.length && level > 0) {
    if (text[at] === '/' && text[at + 1] === '*') {
      level += 1;
      at += 2;
    } else if (text[at] === '*' && text[at + 1] === '/') {
      level -= 1;
      at += 2;
    } else at += 1;
  }
  return at;
}

function endOfQuoted(text: string, from: number, quote: string, escapes: boolean): number {
  let at = from + 1;
  while (at < text.length) {
    if (escapes && text[at] === '\\') at += 2;
    else if (text[at] !== quote) at += 1;
    else if (text[at + 1] === quote) at += 2;
    else return at + 1;
  }
  return text.length;
}

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

function endOfDollar(text: string, from: number): number {
  dollarTag.lastIndex = from;
  const tag = dollarTag.exec(text)?.[0];
  if (!tag) return from + 1;
  const end = text.indexOf(tag, from + tag.length);
  return end === -1 ? text.length : end + tag.length;
}
