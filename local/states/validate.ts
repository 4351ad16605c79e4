/**
 * Reads a definition: what is wrong with it, and whether this interpreter runs it. CreateStateMachine,
 * UpdateStateMachine, ValidateStateMachineDefinition and the provisioner all ask here, so that a field that is not known
 * is an error when the machine is made and never a silent skip when it runs.
 */
import { assignedIn, isPositiveInteger, type Surroundings } from './checks.ts';
import { type Diagnostic, Diagnostics } from './diagnostics.ts';
import { MACHINE_FIELDS } from './fields.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { checkTransitions } from './transitions.ts';
import { checkState } from './validate-state.ts';

export interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  /** The definition, where it is an object at all. */
  readonly definition?: JsonObject;
}

export function validate(text: string): Checked {
  const found = new Diagnostics();
  let parsed: Json;
  try {
    parsed = text === '' ? '' : (JSON.parse(text) as Json);
  } catch (error) {
    found.add('INVALID_JSON_DESCRIPTION', (error as Error).message);
    return { diagnostics: found.list };
  }
  if (!isObject(parsed)) {
    found.add('SCHEMA_VALIDATION_FAILED', 'Definition must be a valid JSON object');
    return { diagnostics: found.list };
  }
  checkMachine(parsed, found);
  return { diagnostics: found.list, definition: parsed };
}

function checkMachine(definition: JsonObject, found: Diagnostics): void {
  const language = definition['QueryLanguage'] ?? 'JSONPath';
  if (language !== 'JSONata' && language !== 'JSONPath') {
    found.schema(`Value must be one of the following: [JSONPath, JSONata]`, '/QueryLanguage');
    return;
  }
  const timeout = definition['TimeoutSeconds'];
  if (timeout !== undefined && !isPositiveInteger(timeout)) {
    found.schema('Value must be a positive integer', '/TimeoutSeconds');
  }
  const mixed = language === 'JSONata' || hasJsonata(definition);
  const around: Surroundings = {
    machine: language,
    mixed,
    names: new Set(),
    outer: new Set(),
    assigned: new Set(),
    checkProgram,
  };
  checkProgram(definition, '', MACHINE_FIELDS, around, found);
}

function checkProgram(
  program: JsonObject,
  at: string,
  fields: readonly string[],
  around: Surroundings,
  found: Diagnostics,
): void {
  // Recorded: AWS names them in this order.
  const missing = ['States', 'StartAt'].filter((field) => program[field] === undefined);
  if (missing.length > 0) found.schema(`These fields are required: [${missing.join(', ')}]`, at || '/');
  for (const field of Object.keys(program)) {
    if (!fields.includes(field)) found.schema(`Field '${field}' is not supported`, at || '/');
  }
  const states = program['States'];
  if (states === undefined) return;
  if (!isObject(states) || Object.keys(states).length === 0) {
    found.schema('Value must be an object with at least one state', `${at}/States`);
    return;
  }
  const here: Surroundings = { ...around, assigned: assignedIn(states) };
  for (const [name, state] of Object.entries(states)) {
    const location = `${at}/States/${name}`;
    if (around.names.has(name)) {
      found.add('DUPLICATE_STATE_NAME', `Duplicate State name: ${name}`, location);
    }
    around.names.add(name);
    if (name.length > 80) found.schema('A state name is at most 80 characters long', location);
    if (isObject(state)) checkState(name, state, location, here, found);
    else found.schema('Value must be an object', location);
  }
  checkTransitions(program, at, found);
}

/** Whether any state, at any depth, says that it is JSONata. */
function hasJsonata(program: JsonObject): boolean {
  return JSON.stringify(program).includes('"QueryLanguage":"JSONata"');
}
