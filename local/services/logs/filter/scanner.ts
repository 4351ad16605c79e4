/** The text of a filter pattern, read from left to right, with the errors that CloudWatch Logs answers. */
import { AwsError } from '../../../service.ts';

export function invalid(why?: string): AwsError {
  return new AwsError('InvalidParameterException', why ?? 'Invalid filter pattern');
}

/** CloudWatch names the first character that it cannot place, not the whole word. */
export function invalidCharacter(characters: string): AwsError {
  return invalid(`Invalid character(s) in term '${characters}'`);
}

export class Scanner {
  private readonly text: string;
  private at = 0;
  /** Regular expressions read so far: a pattern may hold two. */
  private regexes = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  get next(): string {
    return this.text[this.at] ?? '';
  }

  skipSpace(): void {
    while (/\s/.test(this.next)) this.at++;
  }

  /** Reads the literal if it comes next. */
  take(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }

  /** Reads what the expression matches here; `expression` must be sticky. */
  read(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text)?.[0];
    if (found === undefined || found === '') return undefined;
    this.at += found.length;
    return found;
  }

  /** A string in double quotes; `\"` and `\\` stand for themselves. The opening quote comes next. */
  quoted(): string {
    const found = this.read(/"(?:[^"\\]|\\.)*"/y);
    if (found === undefined) throw invalidCharacter('"');
    const inside = found.slice(1, -1).replace(/\\(["\\])/g, '$1');
    if (inside === '') throw invalidCharacter('""');
    return inside;
  }

  /** A regular expression between percent signs. The opening sign comes next. */
  regex(): RegExp {
    const found = this.read(/%(?:[^%\\]|\\.)*%/y);
    if (found === undefined) throw invalidCharacter('%');
    this.regexes++;
    if (this.regexes > 2) throw invalid('A filter pattern may contain at most 2 regular expressions');
    return compileRegex(found.slice(1, -1));
  }
}

/**
 * CloudWatch's regular expressions are a subset of JavaScript's, but for a repetition without a lower bound.
 * What is outside the subset is refused: parentheses, `!`, characters beyond ASCII.
 */
function compileRegex(source: string): RegExp {
  const outside = /[^A-Za-z0-9:_#=@/;,\-^$?[\]{}|\\*+. ]/.exec(source.replace(/\\[\x21-\x7e]/g, ''));
  if (outside) throw invalidCharacter(outside[0]);
  const escaped = /\\(?![dDsSwWtnr^$?[\]{}|\\*+./:_#=@;,-]|x[0-9A-Fa-f]{2})./.exec(source);
  if (escaped || source === '') throw invalidCharacter(escaped?.[0] ?? '%%');
  try {
    return new RegExp(source.replace(/(?<!\\)\{,/g, '{0,'));
  } catch {
    throw invalid();
  }
}

/** A string in which `*` stands for any text, as a test of a whole value. */
export function wildcard(text: string): (value: string) => boolean {
  if (!text.includes('*')) return (value) => value === text;
  const parts = text.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const whole = new RegExp(`^${parts.join('.*')}$`, 's');
  return (value) => whole.test(value);
}
