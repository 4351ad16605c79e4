/**
 * Event patterns. Source: "Comparison operators for use in event patterns" of the EventBridge user guide, and
 * aws/event-ruler for what it leaves open.
 */
import { invalidPattern, isObject } from './invalid.ts';
import { type ValueTest, valueTest } from './value.ts';

export interface EventPattern {
  matches(event: unknown): boolean;
}

type Test = (value: unknown) => boolean;

/** Throws `InvalidEventPatternException` with its reason. */
export function parseEventPattern(text: string): EventPattern {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    throw invalidPattern('Filter is not valid JSON');
  }
  if (!isObject(root)) throw invalidPattern('Filter is not an object');
  if (Object.keys(root).length === 0) throw invalidPattern('Empty patterns are not allowed');
  return { matches: objectTest(root) };
}

/** Every field has to match, within one object: of an array of objects one of them must match as a whole. */
function objectTest(pattern: Readonly<Record<string, unknown>>): Test {
  const tests = Object.entries(pattern).map(([name, below]) =>
    name === '$or' ? orTest(below) : fieldTest(name, below),
  );
  return (value) => {
    if (Array.isArray(value))
      return value.some((item) => isObject(item) && tests.every((test) => test(item)));
    return tests.every((test) => test(isObject(value) ? value : {}));
  };
}

function fieldTest(name: string, below: unknown): Test {
  if (Array.isArray(below)) {
    if (below.length === 0) throw invalidPattern('Empty arrays are not allowed');
    const alternatives = below.map((item) => leafTest(name, item));
    return (object) => alternatives.some((test) => test((object as Record<string, unknown>)[name]));
  }
  if (!isObject(below)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (Object.keys(below).length === 0) throw invalidPattern('Empty objects are not allowed');
  const inner = objectTest(below);
  return (object) => inner((object as Record<string, unknown>)[name]);
}

function orTest(alternatives: unknown): Test {
  if (!Array.isArray(alternatives) || alternatives.length < 2 || !alternatives.every(isObject)) {
    throw invalidPattern('"$or" must be an array with at least two objects');
  }
  const tests = alternatives.map(objectTest);
  return (object) => tests.some((test) => test(object));
}

/** An array in the event stands for each of its values. */
function leafTest(name: string, item: unknown): Test {
  const exists = isObject(item) && 'exists' in item ? item['exists'] : undefined;
  if (exists !== undefined) {
    if (typeof exists !== 'boolean')
      throw invalidPattern('exists match pattern must be either true or false.');
    return (value) => leaves(value).length > 0 === exists;
  }
  const test: ValueTest = valueTest(name, item);
  return (value) => leaves(value).some(test);
}

/** `exists` and all others look at values only: an object is none. */
function leaves(value: unknown): unknown[] {
  if (value === undefined || isObject(value)) return [];
  return Array.isArray(value) ? value.flatMap(leaves) : [value];
}
