/** What the checks of states and of their parts share. */
import type { Diagnostics } from './diagnostics.ts';
import { expressionIn } from './expression.ts';
import type { Dialect } from './fields.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';

export interface Surroundings {
  /** The machine's query language; states inside of other states inherit it, not that of the state around them. */
  readonly machine: Dialect;
  /** Whether the machine has JSONata states at all. */
  readonly mixed: boolean;
  /** Names of all states so far: they are unique in the whole machine. */
  readonly names: Set<string>;
  /** Variables that states around this program assign. */
  readonly outer: ReadonlySet<string>;
  /** Variables that states of this program assign. */
  readonly assigned: ReadonlySet<string>;
  checkProgram(
    program: JsonObject,
    at: string,
    fields: readonly string[],
    around: Surroundings,
    found: Diagnostics,
  ): void;
}

export interface Place {
  readonly name: string;
  readonly state: JsonObject;
  readonly at: string;
  readonly dialect: Dialect;
  readonly around: Surroundings;
  readonly found: Diagnostics;
}

export function isExpression(value: Json): boolean {
  return typeof value === 'string' && expressionIn(value) !== undefined;
}

export function isPositiveInteger(value: Json): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 99_999_999;
}

export function arrayOfObjects(
  { state, at, found }: Place,
  field: string,
  least: number,
): readonly JsonObject[] {
  const value = state[field];
  if (value === undefined && least === 0) return [];
  if (value === undefined) found.schema(`These fields are required: [${field}]`, at);
  else if (!isArray(value) || value.length < least || !value.every(isObject)) {
    found.schema(
      `Value must be an array of objects${least > 0 ? ' that is not empty' : ''}`,
      `${at}/${field}`,
    );
  } else return value.filter(isObject);
  return [];
}

const VARIABLE = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** Inner scopes may read the variables around them and may not assign them. */
export function checkAssign({ state, at, around, found }: Place): void {
  const assign = state['Assign'];
  if (assign === undefined) return;
  if (!isObject(assign)) {
    found.schema('Value must be an object', `${at}/Assign`);
    return;
  }
  for (const key of Object.keys(assign)) {
    const name = key.replace(/\.\$$/, '');
    if (!VARIABLE.test(name) || name.length > 80) {
      found.schema(`'${name}' is not a valid variable name`, `${at}/Assign`);
    }
    if (name === 'states') found.schema(`Variable name 'states' is reserved`, `${at}/Assign`);
    if (around.outer.has(name)) {
      found.schema(
        `Variable '${name}' is assigned in an outer scope and cannot be assigned here`,
        `${at}/Assign`,
      );
    }
  }
}

/** The variables that the states of a program assign, themselves, in their rules or in their catchers. */
export function assignedIn(states: JsonObject): Set<string> {
  const names = new Set<string>();
  const take = (holder: Json | undefined) => {
    const assign = isObject(holder) ? holder['Assign'] : undefined;
    for (const key of Object.keys(isObject(assign) ? assign : {})) names.add(key.replace(/\.\$$/, ''));
  };
  for (const state of Object.values(states)) {
    take(state);
    if (!isObject(state)) continue;
    for (const list of [state['Choices'], state['Catch']]) if (isArray(list)) list.forEach(take);
  }
  return names;
}
