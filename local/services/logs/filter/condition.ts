/** `= "x"`, `!= 4*`, `> 75`, `= %regex%`: the right half of a condition, shared by JSON and space-delimited patterns. */
import { invalid, invalidCharacter, type Scanner, wildcard } from './scanner.ts';

export type Condition = (value: string | number) => boolean;

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** Reads an operator and its operand; undefined where no operator comes next. */
export function readCondition(scanner: Scanner): Condition | undefined {
  const operator = scanner.read(/!=|>=|<=|=|>|</y);
  if (operator === undefined) return undefined;
  scanner.skipSpace();
  if (operator === '=' || operator === '!=') {
    const equals = readEquality(scanner);
    return operator === '=' ? equals : (value) => !equals(value);
  }
  const bound = Number(readNumber(scanner));
  switch (operator) {
    case '>':
      return numeric((value) => value > bound);
    case '<':
      return numeric((value) => value < bound);
    case '>=':
      return numeric((value) => value >= bound);
    default:
      return numeric((value) => value <= bound);
  }
}

function readEquality(scanner: Scanner): Condition {
  if (scanner.next === '%') {
    const regex = scanner.regex();
    return (value) => regex.test(String(value));
  }
  if (scanner.next === '"') {
    const matches = wildcard(scanner.quoted());
    return (value) => matches(String(value));
  }
  const word = scanner.read(/[\p{L}\p{N}_.*+-]+/uy);
  if (word === undefined) throw scanner.done ? invalid() : invalidCharacter(scanner.next);
  if (NUMBER.test(word)) {
    const wanted = Number(word);
    return (value) =>
      typeof value === 'number' ? value === wanted : value === word || sameNumber(value, wanted);
  }
  const matches = wildcard(word);
  return (value) => matches(String(value));
}

function readNumber(scanner: Scanner): string {
  const word = scanner.read(/[\w.+-]+/y);
  if (word === undefined || !NUMBER.test(word)) throw invalid();
  return word;
}

/** The fields of a space-delimited event are text, and yet `status = 404` and `bytes > 1000` compare numbers. */
function sameNumber(text: string, wanted: number): boolean {
  return NUMBER.test(text) && Number(text) === wanted;
}

function numeric(test: (value: number) => boolean): Condition {
  return (value) =>
    typeof value === 'number' ? test(value) : NUMBER.test(value) ? test(Number(value)) : false;
}
