// Splits a migration file into the statements that PostgreSQL would see one by one, as Prisma's own engine does since
// 7.4: each is committed by itself, so a file that fails stays half applied. (`@prisma/adapter-pg` cuts at every
// semicolon, also inside quotes and function bodies: that is why it does not do this here.)

/**
 * @typedef {object} Statement
 * @property {string} text The statement without its semicolon; comments in front of it are kept.
 * @property {number} start Where it begins in the script, in UTF-16 units from 0.
 */

const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/**
 * @param {string} script
 * @returns {Statement[]}
 */
export function splitStatements(script) {
  const statements = [];
  let start = 0;
  /** Whether anything but white space and comments has been seen since `start`. */
  let substance = false;
  let parentheses = 0;
  /** The first words, to know a CREATE FUNCTION whose BEGIN ATOMIC body holds semicolons of its own. */
  let words = [];
  let blocks = 0;

  const cut = (end) => {
    if (substance) {
      const text = script.slice(start, end);
      const lead = text.length - text.trimStart().length;
      statements.push({ text: text.trim(), start: start + lead });
    }
    start = end + 1;
    substance = false;
    parentheses = 0;
    words = [];
    blocks = 0;
  };

  for (let at = 0; at < script.length; ) {
    const past = skipComment(script, at);
    if (past > at) {
      at = past;
      continue;
    }
    const character = script[at];
    if (character === ';' && parentheses <= 0 && blocks <= 0) {
      cut(at);
      at++;
      continue;
    }
    if (!/\s/.test(character)) substance = true;
    if (character === '(') parentheses++;
    if (character === ')') parentheses--;
    const word = match(WORD, script, at);
    if (word) {
      at += word.length;
      if (/^[eE]$/.test(word) && script[at] === "'") at = skipQuoted(script, at, true);
      if (words.length < 4) words.push(word.toUpperCase());
      if (isRoutine(words)) blocks += blockChange(word.toUpperCase(), blocks);
      continue;
    }
    at = skipQuoted(script, at, false);
  }
  cut(script.length);
  return statements;
}

function match(pattern, script, at) {
  pattern.lastIndex = at;
  return pattern.exec(script)?.[0];
}

/** Where a comment that begins at `at` ends; `at` where none begins. Block comments nest. */
function skipComment(script, at) {
  if (script.startsWith('--', at)) {
    const end = script.indexOf('\n', at);
    return end < 0 ? script.length : end + 1;
  }
  if (!script.startsWith('/*', at)) return at;
  let depth = 0;
  for (let i = at; i < script.length; i++) {
    if (script.startsWith('/*', i)) {
      depth++;
      i++;
    } else if (script.startsWith('*/', i)) {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return script.length;
}

/** Where a text, a quoted name or a dollar-quoted body that begins at `at` ends; else one character further. */
function skipQuoted(script, at, backslashes) {
  const quote = script[at];
  if (quote === '$') {
    const tag = match(DOLLAR_TAG, script, at);
    if (!tag) return at + 1;
    const end = script.indexOf(tag, at + tag.length);
    return end < 0 ? script.length : end + tag.length;
  }
  if (quote !== "'" && quote !== '"') return at + 1;
  for (let i = at + 1; i < script.length; i++) {
    if (backslashes && script[i] === '\\') i++;
    // A doubled quote closes and opens again at once, which comes to the same.
    else if (script[i] === quote) return i + 1;
  }
  return script.length;
}

function isRoutine(words) {
  if (words[0] !== 'CREATE') return false;
  const kind = words[1] === 'OR' && words[2] === 'REPLACE' ? words[3] : words[1];
  return kind === 'FUNCTION' || kind === 'PROCEDURE';
}

/** As psql counts: BEGIN opens a body, CASE opens a block inside one, END closes. */
function blockChange(word, depth) {
  if (word === 'BEGIN') return 1;
  if (word === 'CASE' && depth > 0) return 1;
  return word === 'END' && depth > 0 ? -1 : 0;
}
