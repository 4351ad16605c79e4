/**
 * JSONata as Step Functions runs it: version 2.0.6, an expression parsed once and kept, no context item, and AWS's
 * sentences for every way in which an evaluation fails.
 */
import jsonata, { type ExprNode, type Expression as Parsed } from 'jsonata';
import { evaluationFailure } from './failure.ts';
import { addFunctions, NOW } from './functions.ts';
import { isObject, type Json, typeName } from './json.ts';
import { definesFunctions } from './syntax-tree.ts';

/** What an expression sees: `$states` and the variables in scope. */
export interface Bindings {
  readonly states: { readonly [key: string]: unknown };
  readonly variables: { readonly [name: string]: Json };
  /** Milliseconds since the epoch, for `$now()` and `$millis()`. */
  readonly now: number;
}

export interface Expression {
  /** The text between `{%` and `%}`, without the blanks around it: as AWS quotes it in causes. */
  readonly source: string;
  readonly tree: ExprNode;
  evaluate(bindings: Bindings): Promise<unknown>;
}

/** The text inside `{% %}`, or undefined where a string is plain text. Blanks outside of the braces make it text. */
export function expressionIn(text: string): string | undefined {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4
    ? text.slice(2, -2).trim()
    : undefined;
}

/** Definitions hold few expressions, and the same ones again and again; this many are kept. */
const KEPT = 4096;
const parsed = new Map<string, Expression>();

/** Throws JSONata's error (with `code` and `message`) where the text does not parse. */
export function parseExpression(source: string): Expression {
  const known = parsed.get(source);
  if (known) return known;
  const expression = compile(source);
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(source, expression);
  return expression;
}

function compile(source: string): Expression {
  const inner = jsonata(source);
  addFunctions(inner);
  const tree = inner.ast();
  const bounded = definesFunctions(tree);
  if (bounded) bound(inner);
  return {
    source,
    tree,
    evaluate: ({ variables, states, now }) =>
      inner.evaluate(undefined, {
        ...variables,
        states,
        [NOW]: now,
        ...(bounded ? { [STEPS]: { left: MOST_STEPS } } : {}),
      }),
  };
}

/**
 * Recursion is the only way in which an expression can run for ever, and JSONata never gives the event loop a turn
 * meanwhile: an expression that defines functions is counted, and stopped as AWS stops it.
 */
const STEPS = 'steps left of this evaluation';
const MOST_STEPS = 300_000;

function bound(expression: Parsed): void {
  const entry = Symbol.for('jsonata.__evaluate_entry') as unknown as string;
  expression.assign(entry, (_node: unknown, _input: unknown, environment: jsonata.Environment) => {
    const steps = environment.lookup(STEPS) as { left: number } | undefined;
    if (steps && steps.left-- <= 0) {
      throw { message: 'Expression evaluation timeout: Check for infinite loop' };
    }
  });
}

/** Evaluates an expression that stands in a field of a state. Throws a `Failure` with AWS's cause. */
export async function evaluate(expression: Expression, bindings: Bindings, field: string): Promise<Json> {
  const said = `The JSONata expression '${expression.source}' specified for the field '${field}'`;
  let result: unknown;
  try {
    result = await expression.evaluate(bindings);
  } catch (error) {
    throw evaluationFailure(`${said} threw an error during evaluation${ending(error)}`, field);
  }
  if (result === undefined) throw evaluationFailure(`${said} returned nothing (undefined).`, field);
  const value = plain(result);
  if (value === undefined) throw evaluationFailure(`${said} returned an unsupported result type.`, field);
  return value;
}

/** Recorded: `. T1006: Attempted …` where JSONata gives a code, `: Expression evaluation …` where a bound was hit. */
function ending(error: unknown): string {
  if (error instanceof RangeError) {
    return ': Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive';
  }
  const { code, message } = error as { code?: string; message?: string };
  return code ? `. ${code}: ${message}` : `: ${message}`;
}

/**
 * A copy without JSONata's marks: it tells sequences from arrays by hidden properties, and a marked array would be
 * flattened when a later expression meets it again. Undefined for what is not JSON (a function).
 */
function plain(value: unknown): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value as Json;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return undefined;
  if (Array.isArray(value)) {
    const copy: Json[] = [];
    for (const item of value) {
      const part = plain(item);
      if (part === undefined) return undefined;
      copy.push(part);
    }
    return copy;
  }
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) return undefined;
  const copy: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const part = plain(member);
    if (part === undefined) return undefined;
    copy[key] = part;
  }
  return copy;
}

type Kinds = { array: readonly Json[]; boolean: boolean; number: number; string: string; object: object };

/** Insists on the type that a field needs. `written` is the expression's text; undefined for a literal. */
export function expectType<K extends keyof Kinds>(
  value: Json,
  type: K,
  field: string,
  written: string | undefined,
): Kinds[K] {
  const fits = type === 'object' ? isObject(value) : typeName(value) === type;
  if (fits) return value as unknown as Kinds[K];
  const subject =
    written === undefined
      ? `The value specified for the field '${field}' has`
      : `The JSONata expression '${written}' specified for the field '${field}' returned`;
  throw evaluationFailure(
    `${subject} an unexpected result type. Expected '${type}', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`,
    field,
  );
}
