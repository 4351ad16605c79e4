/** Patterns for JSON events: `{ $.level = "error" && ($.latency > 100 || $.user NOT EXISTS) }`. */
import { type Condition, readCondition } from './condition.ts';
import type { Pattern } from './pattern.ts';
import { invalid, invalidCharacter, Scanner } from './scanner.ts';

type Test = (event: object) => boolean;

/** A property name, an array index, or `*` for any of either. */
type Selector = readonly (string | number | typeof ANY)[];
const ANY = Symbol('*');

/** Of the documentation's quotas: wildcard selectors in one pattern. */
const MOST_WILDCARDS = 3;

export function parseJson(inside: string): Pattern {
  const parser = new Parser(new Scanner(inside));
  const test = parser.whole();
  return {
    namesParts: true,
    match(message) {
      const event = parseObject(message);
      if (!event || !test(event)) return undefined;
      return {
        value(selector) {
          const [found] = select(event, parseSelector(selector));
          return typeof found === 'boolean' ? String(found) : leaf(found);
        },
      };
    },
  };
}

/** `$.a.b[0]` as a metric filter's value or dimension; throws for what is no selector. */
export function parseSelector(text: string): Selector {
  const scanner = new Scanner(text);
  const selector = readSelector(scanner);
  if (!scanner.done) throw invalidCharacter(scanner.next);
  return selector;
}

class Parser {
  private readonly scanner: Scanner;
  private wildcards = 0;

  constructor(scanner: Scanner) {
    this.scanner = scanner;
  }

  whole(): Test {
    const test = this.either();
    if (!this.scanner.done) throw invalidCharacter(this.scanner.next);
    return test;
  }

  private either(): Test {
    const tests = [this.both()];
    while (this.scanner.take('||')) tests.push(this.both());
    return tests.length === 1 ? (tests[0] as Test) : (event) => tests.some((test) => test(event));
  }

  private both(): Test {
    const tests = [this.one()];
    while (this.scanner.take('&&')) tests.push(this.one());
    return tests.length === 1 ? (tests[0] as Test) : (event) => tests.every((test) => test(event));
  }

  private one(): Test {
    this.scanner.skipSpace();
    if (this.scanner.take('(')) {
      const inner = this.either();
      if (!this.scanner.take(')')) throw invalid();
      this.scanner.skipSpace();
      return inner;
    }
    const selector = readSelector(this.scanner);
    if (selector.includes(ANY) && ++this.wildcards > MOST_WILDCARDS) throw invalid();
    this.scanner.skipSpace();
    const test = this.condition(selector);
    this.scanner.skipSpace();
    return test;
  }

  private condition(selector: Selector): Test {
    const { scanner } = this;
    if (scanner.read(/IS\s+NULL\b/y)) return (event) => select(event, selector).includes(null);
    if (scanner.read(/IS\s+TRUE\b/y)) return (event) => select(event, selector).includes(true);
    if (scanner.read(/IS\s+FALSE\b/y)) return (event) => select(event, selector).includes(false);
    if (scanner.read(/NOT\s+EXISTS\b/y)) return (event) => select(event, selector).length === 0;
    const condition: Condition | undefined = readCondition(scanner);
    if (!condition) throw scanner.done ? invalid() : invalidCharacter(scanner.next);
    return (event) =>
      select(event, selector).some((value) => {
        const found = typeof value === 'boolean' ? String(value) : leaf(value);
        return found !== undefined && condition(found);
      });
  }
}

function readSelector(scanner: Scanner): Selector {
  if (!scanner.take('$')) throw scanner.done ? invalid() : invalidCharacter(scanner.next);
  const path: (string | number | typeof ANY)[] = [];
  while (true) {
    if (scanner.take('[')) path.push(readBracket(scanner));
    else if (scanner.take('.')) {
      if (scanner.next === '[') continue;
      path.push(scanner.take('*') ? ANY : readName(scanner));
    } else break;
  }
  if (path.length === 0) throw invalidCharacter(`$${scanner.next}`);
  if (path.filter((step) => step === ANY).length > 1) throw invalid();
  return path;
}

function readName(scanner: Scanner): string {
  const name = scanner.read(/[\p{L}\p{N}_-]+/uy);
  if (name === undefined) throw invalidCharacter(`$.${scanner.next}`);
  return name;
}

function readBracket(scanner: Scanner): string | number | typeof ANY {
  if (scanner.take('*]')) return ANY;
  const index = scanner.read(/\d+(?=\])/y);
  if (index !== undefined) {
    scanner.take(']');
    return Number(index);
  }
  const name = scanner.read(/'[^']+'(?=\])/y);
  if (name === undefined) throw invalidCharacter(`[${scanner.next}`);
  scanner.take(']');
  return name.slice(1, -1);
}

/** Every value that the selector points at: none where a step is missing. */
function select(event: unknown, selector: Selector): unknown[] {
  let values: unknown[] = [event];
  for (const step of selector) {
    values = values.flatMap((value) => {
      if (typeof value !== 'object' || value === null) return [];
      if (step === ANY) return Object.values(value);
      if (typeof step === 'number') return Array.isArray(value) && step < value.length ? [value[step]] : [];
      return !Array.isArray(value) && Object.hasOwn(value, step)
        ? [(value as Record<string, unknown>)[step]]
        : [];
    });
  }
  return values;
}

/** A pattern compares strings and numbers; an array or an object matches neither `=` nor `!=`. */
function leaf(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

function parseObject(message: string): object | undefined {
  if (!message.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(message) as object;
  } catch {
    return undefined;
  }
}
