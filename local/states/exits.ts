/** The two ways in which a state's result becomes its output: JSONata's `Output` and JSONPath's chain of paths. */
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Exit, Left } from './machine.ts';
import { compilePathTemplate, type Path, type PathScope, parsePath, readPath, writePath } from './path.ts';
import { bindings, type Scope } from './scope.ts';
import type { Sooner } from './sooner.ts';
import { compileTemplate, type Template } from './template.ts';

/** Hands on what it gets. */
export const passOn: Exit = { leave: (_scope, value) => ({ output: value }) };

/** `at` is where the fields stand: empty for the state itself, `Choices[0]/` for a rule. */
export function jsonataExit(fields: JsonObject, at = ''): Exit {
  const output =
    fields['Output'] === undefined ? undefined : compileTemplate(fields['Output'], `${at}Output`);
  const assign = isObject(fields['Assign']) ? compileTemplate(fields['Assign'], `${at}Assign`) : undefined;
  if (!output && !assign) return passOn;
  if (!assign && output && !output.dynamic) {
    const left: Left = { output: output.fill(NOTHING) as Json };
    return { leave: () => left };
  }
  return {
    leave: async (scope, value) => {
      const seen = bindings(scope);
      const assigned = (await assign?.fill(seen)) as JsonObject | undefined;
      return {
        output: output ? await output.fill(seen) : value,
        ...(assigned === undefined ? {} : { assigned }),
      };
    },
  };
}

/** A constant template reads nothing. */
const NOTHING = { states: {}, variables: {}, now: 0 };

/** What a JSONPath field such as `InputPath` selects; `null` selects an empty object. */
export function pathField(fields: JsonObject, field: string): ((scope: PathScope) => Json) | undefined {
  const text = fields[field];
  if (text === undefined || text === '$') return undefined;
  if (text === null) return () => ({});
  const path = mustParse(text, field);
  return (scope) => readPath(path, scope, field);
}

/** `ResultSelector`, `ResultPath`, `OutputPath` and `Assign`; in a catcher only the second and the last exist. */
export function jsonPathExit(fields: JsonObject): Exit {
  const select =
    fields['ResultSelector'] === undefined ? undefined : compilePathTemplate(fields['ResultSelector']);
  const resultPath = fields['ResultPath'];
  const outputPath = pathField(fields, 'OutputPath');
  const assign = isObject(fields['Assign']) ? compilePathTemplate(fields['Assign']) : undefined;
  const into =
    typeof resultPath === 'string' && resultPath !== '$' ? mustParse(resultPath, 'ResultPath') : undefined;
  return {
    leave: (scope, value) => {
      const result = select ? select(pathScope(scope, value)) : value;
      const assigned = assign?.(pathScope(scope, result)) as JsonObject | undefined;
      // The result goes into the state's raw input, or is dropped where the path is null.
      const whole = resultPath === null ? scope.input : into ? writePath(into, scope.input, result) : result;
      const output = outputPath ? outputPath(pathScope(scope, whole)) : whole;
      return { output, ...(assigned === undefined ? {} : { assigned }) };
    },
  };
}

/** `InputPath`, then `Parameters`. */
export function jsonPathInput(fields: JsonObject): (scope: Scope) => Json {
  const inputPath = pathField(fields, 'InputPath');
  const parameters =
    fields['Parameters'] === undefined ? undefined : compilePathTemplate(fields['Parameters']);
  return (scope) => {
    const input = inputPath ? inputPath(pathScope(scope, scope.input)) : scope.input;
    return parameters ? parameters(pathScope(scope, input)) : input;
  };
}

export function jsonataInput(fields: JsonObject): (scope: Scope) => Sooner<Json> {
  if (fields['Arguments'] === undefined) return (scope) => scope.input;
  const template: Template = compileTemplate(fields['Arguments'], 'Arguments');
  return (scope) => template.fill(bindings(scope));
}

function pathScope(scope: Scope, input: Json): PathScope {
  return {
    input,
    variables: scope.variables,
    get context() {
      return scope.context();
    },
  };
}

function mustParse(text: Json, field: string): Path {
  const path = parsePath(String(text));
  if (!path) throw new Error(`${field}: ${text} is not a path; validation lets none pass.`);
  return path;
}
