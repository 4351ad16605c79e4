/** A JSON value of a definition in which some strings are JSONata expressions: `Arguments`, `Output`, `Assign`, `Items` … */
import { type Bindings, type Expression, evaluate, expressionIn, parseExpression } from './expression.ts';
import { isArray, isObject, type Json } from './json.ts';
import type { Sooner } from './sooner.ts';

export interface Template {
  /** Whether it holds an expression at all; if not, it is a constant. */
  readonly dynamic: boolean;
  /** The expression, where the whole template is one. */
  readonly source: string | undefined;
  /** Throws a `Failure` that names the field and the expression. */
  fill(bindings: Bindings): Sooner<Json>;
}

/** An expression of a template and where it stands, relative to the state: `Output/items[0]/name`. */
export interface Placed {
  readonly location: string;
  readonly source: string;
}

/** Walks a value without parsing anything: validation wants every expression, also those that do not parse. */
export function* expressionsIn(value: Json, location: string): Generator<Placed> {
  if (typeof value === 'string') {
    const source = expressionIn(value);
    if (source !== undefined) yield { location, source };
  } else if (isArray(value)) {
    for (const [index, item] of value.entries()) yield* expressionsIn(item, `${location}[${index}]`);
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) yield* expressionsIn(member, `${location}/${key}`);
  }
}

export function compileTemplate(value: Json, location: string): Template {
  return build(value, location) ?? constant(value);
}

function constant(value: Json): Template {
  return { dynamic: false, source: undefined, fill: () => value };
}

/** Undefined where nothing below has to be evaluated, so that constant parts are shared and never copied. */
function build(value: Json, location: string): Template | undefined {
  if (typeof value === 'string') return leaf(value, location);
  if (isArray(value)) {
    const parts = value.map((item, index) => build(item, `${location}[${index}]`) ?? constant(item));
    if (!parts.some((part) => part.dynamic)) return undefined;
    return {
      dynamic: true,
      source: undefined,
      fill: async (bindings) => {
        const filled: Json[] = [];
        for (const part of parts) filled.push(await part.fill(bindings));
        return filled;
      },
    };
  }
  if (!isObject(value)) return undefined;
  const members = Object.entries(value).map(
    ([key, member]) => [key, build(member, `${location}/${key}`) ?? constant(member)] as const,
  );
  if (!members.some(([, part]) => part.dynamic)) return undefined;
  return {
    dynamic: true,
    source: undefined,
    fill: async (bindings) => {
      const filled: Record<string, Json> = {};
      for (const [key, part] of members) filled[key] = await part.fill(bindings);
      return filled;
    },
  };
}

function leaf(text: string, location: string): Template | undefined {
  const source = expressionIn(text);
  if (source === undefined) return undefined;
  const expression: Expression = parseExpression(source);
  return { dynamic: true, source, fill: (bindings) => evaluate(expression, bindings, location) };
}
