/** Turns a definition that `validate` has passed into the form in which it runs: every expression parsed, once. */
import { jsonataExit, jsonataInput, jsonPathExit, jsonPathInput } from './exits.ts';
import { expectType } from './expression.ts';
import { evaluationFailure } from './failure.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import type { Catcher, Exit, Machine, Program, Retrier, State, Value } from './machine.ts';
import { parseResource } from './resource.ts';
import { bindings } from './scope.ts';
import { compileTemplate } from './template.ts';

export function compile(definition: JsonObject): Machine {
  const jsonata = definition['QueryLanguage'] === 'JSONata';
  const timeout = definition['TimeoutSeconds'];
  return {
    program: program(definition, jsonata),
    ...(typeof timeout === 'number' ? { timeoutSeconds: timeout } : {}),
  };
}

/** States inside of a Parallel or a Map inherit the machine's query language, whatever the state around them says. */
function program(fields: JsonObject, jsonataByDefault: boolean): Program {
  const states = new Map<string, State>();
  for (const [name, state] of Object.entries(fields['States'] as JsonObject)) {
    states.set(name, compileState(name, state as JsonObject, jsonataByDefault));
  }
  return { startAt: String(fields['StartAt']), states };
}

function compileState(name: string, fields: JsonObject, jsonataByDefault: boolean): State {
  const own = fields['QueryLanguage'];
  const jsonata = own === undefined ? jsonataByDefault : own === 'JSONata';
  const common = {
    name,
    next: typeof fields['Next'] === 'string' ? fields['Next'] : undefined,
    exit: jsonata ? jsonataExit(fields) : jsonPathExit(fields),
  };
  const working = () => ({
    ...common,
    prepare: jsonata ? jsonataInput(fields) : jsonPathInput(fields),
    retry: list(fields['Retry']).map(retrier),
    catch: list(fields['Catch']).map((catcher, index) => compileCatcher(catcher, index, jsonata)),
  });
  switch (fields['Type']) {
    case 'Pass': {
      const result = fields['Result'];
      const jsonPath: Value<Json> = result === undefined ? jsonPathInput(fields) : () => result;
      const prepare = jsonata ? undefined : jsonPath;
      return { ...common, type: 'Pass', prepare };
    }
    case 'Succeed':
      return { ...common, type: 'Succeed' };
    case 'Fail':
      return { ...common, type: 'Fail', error: text(fields, 'Error'), cause: text(fields, 'Cause') };
    case 'Wait':
      return {
        ...common,
        type: 'Wait',
        seconds: number(fields, 'Seconds'),
        timestamp: text(fields, 'Timestamp'),
      };
    case 'Choice':
      return {
        ...common,
        type: 'Choice',
        rules: list(fields['Choices']).map((rule, index) => ({
          condition: condition(rule, `Choices[${index}]/Condition`),
          next: String(rule['Next']),
          exit: jsonataExit(rule, `Choices[${index}]/`),
        })),
        default: typeof fields['Default'] === 'string' ? fields['Default'] : undefined,
      };
    case 'Parallel':
      return {
        ...working(),
        type: 'Parallel',
        branches: list(fields['Branches']).map((branch) => program(branch, jsonataByDefault)),
      };
    case 'Map':
      return {
        ...working(),
        type: 'Map',
        items: items(fields),
        selector: template(fields, 'ItemSelector'),
        maxConcurrency: number(fields, 'MaxConcurrency'),
        toleratedCount: number(fields, 'ToleratedFailureCount'),
        toleratedPercentage: number(fields, 'ToleratedFailurePercentage'),
        processor: program(fields['ItemProcessor'] as JsonObject, jsonataByDefault),
      };
    default: {
      const resource = parseResource(String(fields['Resource']));
      if (!resource) throw new Error(`${name}: ${fields['Resource']} passed validation but is no resource.`);
      return {
        ...working(),
        type: 'Task',
        resource,
        timeoutSeconds: number(fields, 'TimeoutSeconds'),
        heartbeatSeconds: number(fields, 'HeartbeatSeconds'),
      };
    }
  }
}

function list(value: Json | undefined): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : [];
}

/** AWS's defaults: after a second, three times, each wait twice the one before. */
function retrier(fields: JsonObject): Retrier {
  const given = (field: string, otherwise: number) => {
    const value = fields[field];
    return typeof value === 'number' ? value : otherwise;
  };
  return {
    errorEquals: fields['ErrorEquals'] as readonly string[],
    intervalSeconds: given('IntervalSeconds', 1),
    maxAttempts: given('MaxAttempts', 3),
    backoffRate: given('BackoffRate', 2),
    maxDelaySeconds: given('MaxDelaySeconds', Number.POSITIVE_INFINITY),
    jitter: fields['JitterStrategy'] === 'FULL',
  };
}

function compileCatcher(fields: JsonObject, index: number, jsonata: boolean): Catcher {
  const exit: Exit = jsonata ? jsonataExit(fields, `Catch[${index}]/`) : jsonPathExit(fields);
  return { errorEquals: fields['ErrorEquals'] as readonly string[], next: String(fields['Next']), exit };
}

function template(fields: JsonObject, field: string): Value<Json> | undefined {
  const value = fields[field];
  if (value === undefined) return undefined;
  const compiled = compileTemplate(value, field);
  return (scope) => compiled.fill(bindings(scope));
}

function typed(fields: JsonObject, field: string, type: 'number' | 'string' | 'array') {
  const value = fields[field];
  if (value === undefined) return undefined;
  const compiled = compileTemplate(value, field);
  return async (scope: Parameters<Value<Json>>[0]) =>
    expectType(await compiled.fill(bindings(scope)), type, field, compiled.source);
}

const number = (fields: JsonObject, field: string) =>
  typed(fields, field, 'number') as Value<number> | undefined;

const text = (fields: JsonObject, field: string) =>
  typed(fields, field, 'string') as Value<string> | undefined;

function items(fields: JsonObject): Value<readonly Json[]> {
  const given = typed(fields, 'Items', 'array') as Value<readonly Json[]> | undefined;
  if (given) return given;
  return ({ input }) => {
    if (isArray(input)) return input;
    throw evaluationFailure(`Map state input must be an array but was: ${JSON.stringify(input)}`);
  };
}

function condition(rule: JsonObject, field: string): Value<boolean> {
  const compiled = compileTemplate(rule['Condition'] ?? null, field);
  return async (scope) => expectType(await compiled.fill(bindings(scope)), 'boolean', field, compiled.source);
}
