/** Patterns for space-delimited events: `[ip, user, ..., status = 4* || status = 500, bytes > 1000]`. */
import { type Condition, readCondition } from './condition.ts';
import type { Pattern } from './pattern.ts';
import { invalid, invalidCharacter, Scanner } from './scanner.ts';

interface Field {
  /** Undefined for a field that the pattern leaves unnamed: it is `$1`, `$2`, … by its place. */
  readonly name?: string;
  readonly test: Condition;
}

export function parseFields(inside: string): Pattern {
  const { before, after } = readFields(inside);
  return {
    namesParts: true,
    match(message) {
      const values = split(message, before, after);
      if (!values) return undefined;
      const fields = [...before, ...(after ?? [])];
      if (!fields.every((field, index) => field.test(values.named[index] ?? ''))) return undefined;
      return {
        value(selector) {
          const name = selector.replace(/^\$/, '');
          const index = fields.findIndex((field) => field.name === name);
          return index >= 0 ? values.named[index] : values.all[Number(name) - 1];
        },
      };
    },
  };
}

/** The fields before and after the ellipsis; `after` is undefined where there is none. */
function readFields(inside: string): { before: Field[]; after?: Field[] } {
  const scanner = new Scanner(inside);
  const before: Field[] = [];
  let after: Field[] | undefined;
  do {
    scanner.skipSpace();
    if (scanner.take('...')) {
      if (after) throw invalid();
      after = [];
      scanner.skipSpace();
    } else (after ?? before).push(readField(scanner));
  } while (scanner.take(','));
  if (!scanner.done) throw invalidCharacter(scanner.next);
  return after ? { before, after } : { before };
}

/** One field: a name, and conditions on that name joined by `&&` and `||` (the former binds tighter). */
function readField(scanner: Scanner): Field {
  const name = scanner.read(/[\p{L}_$][\p{L}\p{N}_$-]*/uy);
  scanner.skipSpace();
  const first = readCondition(scanner);
  scanner.skipSpace();
  if (!first) return { ...(name === undefined ? {} : { name }), test: () => true };
  const alternatives: Condition[][] = [[first]];
  while (true) {
    const and = scanner.take('&&');
    if (!and && !scanner.take('||')) break;
    scanner.skipSpace();
    // Both sides of a compound condition speak of one field: `a = 1 && b = 2` is two fields without a comma.
    if (scanner.read(/[\p{L}_$][\p{L}\p{N}_$-]*/uy) !== name) throw invalid();
    scanner.skipSpace();
    const further = readCondition(scanner);
    if (!further) throw invalid();
    scanner.skipSpace();
    if (and) alternatives.at(-1)?.push(further);
    else alternatives.push([further]);
  }
  return {
    ...(name === undefined ? {} : { name }),
    test: (value) => alternatives.some((all) => all.every((condition) => condition(value))),
  };
}

/**
 * Cuts an event at its spaces; what stands between square brackets or double quotes is one field. Without an ellipsis
 * the last field takes the rest of the event: `[level = ERROR, rest]` matches a whole sentence.
 */
function split(
  message: string,
  before: readonly Field[],
  after: readonly Field[] | undefined,
): { named: string[]; all: string[] } | undefined {
  const pieces = [...message.matchAll(/\[([^\]]*)\]|"([^"]*)"|\S+/g)];
  const all = pieces.map((piece) => piece[1] ?? piece[2] ?? piece[0]);
  if (all.length < before.length + (after?.length ?? 0)) return undefined;
  if (after) {
    return { named: [...all.slice(0, before.length), ...all.slice(all.length - after.length)], all };
  }
  const named = all.slice(0, before.length);
  if (all.length > before.length && before.length > 0) {
    named[before.length - 1] = message.slice(pieces[before.length - 1]?.index).trimEnd();
  }
  return { named, all };
}
