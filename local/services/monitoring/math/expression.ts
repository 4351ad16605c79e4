/** Reads a metric math expression into a tree. */
import { AwsError } from '../../../service.ts';

export type Node =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  /** A query's id, which starts with a small letter, or a word such as REPEAT or DESC. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'negative'; readonly of: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node };

/** Loosest first; every operator of a line binds equally, from the left, but for `^`. */
const LEVELS: readonly RegExp[] = [/\|\||OR\b/y, /&&|AND\b/y, /==|!=|<=|>=|<|>/y, /[+-]/y, /[*/]/y];

/** Throws `ValidationError` for what is no expression. */
export function parseExpression(id: string, text: string): Node {
  const reader = new Reader(id, text);
  const node = reader.level(0);
  reader.end();
  return node;
}

class Reader {
  private readonly id: string;
  private readonly text: string;
  private at = 0;

  constructor(id: string, text: string) {
    this.id = id;
    this.text = text;
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.unexpected();
  }

  level(index: number): Node {
    const operators = LEVELS[index];
    if (!operators) return this.power();
    let left = this.level(index + 1);
    while (true) {
      const operator = this.read(operators);
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: this.level(index + 1) };
    }
  }

  private power(): Node {
    const left = this.unary();
    if (this.read(/\^/y) === undefined) return left;
    return { kind: 'binary', operator: '^', left, right: this.power() };
  }

  private unary(): Node {
    if (this.read(/-/y) !== undefined) return { kind: 'negative', of: this.unary() };
    return this.primary();
  }

  private primary(): Node {
    const number = this.read(/\d+(\.\d+)?(e[+-]?\d+)?/iy);
    if (number !== undefined) return { kind: 'number', value: Number(number) };
    const text = this.read(/"[^"]*"|'[^']*'/y);
    if (text !== undefined) return { kind: 'text', value: text.slice(1, -1) };
    if (this.read(/\(/y) !== undefined) {
      const inner = this.level(0);
      if (this.read(/\)/y) === undefined) throw this.unexpected();
      return inner;
    }
    if (this.read(/\[/y) !== undefined) return { kind: 'list', items: this.items(/\]/y) };
    const name = this.read(/[A-Za-z][A-Za-z0-9_]*/y);
    if (name === undefined) throw this.unexpected();
    if (this.read(/\(/y) === undefined) return { kind: 'name', name };
    return { kind: 'call', name, args: this.items(/\)/y) };
  }

  private items(close: RegExp): Node[] {
    const items: Node[] = [];
    if (this.read(close) !== undefined) return items;
    do items.push(this.level(0));
    while (this.read(/,/y) !== undefined);
    if (this.read(close) === undefined) throw this.unexpected();
    return items;
  }

  private read(expression: RegExp): string | undefined {
    this.space();
    expression.lastIndex = this.at;
    const found = expression.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private unexpected(): AwsError {
    const rest = this.text.slice(this.at);
    return mathError(
      this.id,
      rest === '' ? 'Unexpected end of the expression' : `Unexpected input '${rest}'`,
    );
  }
}

export function mathError(id: string, message: string): AwsError {
  return new AwsError('ValidationError', `Error in expression '${id}': ${message}`);
}
