/**
 * As much of JSONPath as states of a mixed machine need: `$`, `$$`, `$variable`, members and indexes. Filters,
 * wildcards and intrinsic functions are refused when the machine is made.
 */
import { runtimeFailure } from './failure.ts';
import { isArray, isObject, type Json } from './json.ts';

export interface Path {
  readonly text: string;
  /** `$`, `$$`, or the name of a variable. */
  readonly root: string;
  readonly steps: readonly (string | number)[];
}

/** What a path may start from. */
export interface PathScope {
  /** What `$` means here: the state's input, or a result that is being selected from. */
  readonly input: Json;
  readonly context: Json;
  readonly variables: { readonly [name: string]: Json };
}

const ROOT = /^\$(\$|[A-Za-z_]\w*)?/;
const STEP = /^(?:\.([\p{L}_][\p{L}\p{N}_-]*)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\])/u;

/** Undefined where the text is not a path of this subset. */
export function parsePath(text: string): Path | undefined {
  const root = ROOT.exec(text);
  if (!root) return undefined;
  const steps: (string | number)[] = [];
  let rest = text.slice(root[0].length);
  while (rest !== '') {
    const step = STEP.exec(rest);
    if (!step) return undefined;
    steps.push(step[2] === undefined ? (step[1] ?? step[3] ?? step[4] ?? '') : Number(step[2]));
    rest = rest.slice(step[0].length);
  }
  return { text, root: root[1] === undefined ? '$' : root[1] === '$' ? '$$' : root[1], steps };
}

function find(path: Path, scope: PathScope): Json | undefined {
  let at: Json | undefined =
    path.root === '$' ? scope.input : path.root === '$$' ? scope.context : scope.variables[path.root];
  for (const step of path.steps) {
    if (typeof step === 'number') at = isArray(at) ? at[step] : undefined;
    else at = isObject(at) ? at[step] : undefined;
    if (at === undefined) return undefined;
  }
  return at;
}

/** `field` is named in the cause where nothing is found: `InputPath`, or the key of a payload template. */
export function readPath(path: Path, scope: PathScope, field: string): Json {
  const found = find(path, scope);
  if (found === undefined) {
    throw runtimeFailure(
      `The JSONPath '${path.text}' specified for the field '${field}' could not be found in the input '${JSON.stringify(scope.input)}'`,
    );
  }
  return found;
}

/** A copy of `into` with `value` at a reference path that starts at `$`; objects on the way are made. */
export function writePath(path: Path, into: Json, value: Json): Json {
  const put = (at: Json | undefined, depth: number): Json => {
    const step = path.steps[depth];
    if (step === undefined) return value;
    if (typeof step === 'number') {
      if (!isArray(at) || step >= at.length) throw unfit(path, into);
      return at.map((item, index) => (index === step ? put(item, depth + 1) : item));
    }
    if (at !== undefined && !isObject(at)) throw unfit(path, into);
    return { ...at, [step]: put(at?.[step], depth + 1) };
  };
  return put(into, 0);
}

function unfit(path: Path, input: Json) {
  return runtimeFailure(`Unable to apply Reference Path ${path.text} to input ${JSON.stringify(input)}`);
}

/** A payload template: members whose key ends in `.$` are paths, everything else is text. */
export type PathTemplate = (scope: PathScope) => Json;

export function compilePathTemplate(value: Json): PathTemplate {
  if (isArray(value)) {
    const items = value.map(compilePathTemplate);
    return (scope) => items.map((item) => item(scope));
  }
  if (!isObject(value)) return () => value;
  const members = Object.entries(value).map(([key, member]): [string, PathTemplate] => {
    if (!key.endsWith('.$')) return [key, compilePathTemplate(member)];
    const path = parsePath(String(member));
    if (!path) throw new Error(`${key}: ${member} is not a path; validation lets none pass.`);
    return [key.slice(0, -2), (scope) => readPath(path, scope, key)];
  });
  return (scope) => {
    const filled: Record<string, Json> = {};
    for (const [key, member] of members) filled[key] = member(scope);
    return filled;
  };
}
