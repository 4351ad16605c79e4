/** Checks of one state: its fields, their values, and the expressions in them. */
import { checkAssign, isExpression, isPositiveInteger, type Place, type Surroundings } from './checks.ts';
import type { Diagnostics } from './diagnostics.ts';
import { checkExpressions } from './expressions-check.ts';
import { EXPRESSION_FIELDS, MIXED_TYPES, NOT_HERE, STATE_FIELDS } from './fields.ts';
import type { JsonObject } from './json.ts';
import { parseResource, refusal } from './resource.ts';
import {
  checkBranches,
  checkCatch,
  checkChoices,
  checkPaths,
  checkProcessor,
  checkRetry,
} from './validate-parts.ts';
import { parseTimestamp } from './work.ts';

export function checkState(
  name: string,
  state: JsonObject,
  at: string,
  around: Surroundings,
  found: Diagnostics,
): void {
  const type = state['Type'];
  if (type === undefined) {
    found.schema('These fields are required: [Type]', at);
    return;
  }
  const table = STATE_FIELDS[String(type)];
  if (!table) {
    found.schema(
      `Value must be one of the following: [${Object.keys(STATE_FIELDS).join(', ')}]`,
      `${at}/Type`,
    );
    return;
  }
  const dialect = state['QueryLanguage'] ?? around.machine;
  if (dialect !== 'JSONata' && dialect !== 'JSONPath') {
    found.schema('Value must be one of the following: [JSONPath, JSONata]', `${at}/QueryLanguage`);
    return;
  }
  if (dialect === 'JSONPath' && around.machine === 'JSONata') {
    found.schema(`'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine`, at);
    return;
  }
  if (dialect === 'JSONPath' && !(around.mixed && MIXED_TYPES.has(String(type)))) {
    found.add(
      'NOT_SUPPORTED_HERE',
      `State '${name}' uses JSONPath, which the embedded AWS does not run: write it in JSONata and set "QueryLanguage": "JSONata"`,
      at,
    );
    return;
  }
  const place: Place = { name, state, at, dialect, around, found };
  checkFields(place);
  checkMoves(place);
  checkAssign(place);
  checkByType(place, String(type));
  if (dialect === 'JSONPath') {
    checkPaths(place);
    return;
  }
  for (const field of EXPRESSION_FIELDS) {
    if (state[field] !== undefined) checkExpressions(state[field], `${at}/${field}`, false, found);
  }
}

function checkFields({ state, at, dialect, found }: Place): void {
  const table = STATE_FIELDS[String(state['Type'])];
  const other = dialect === 'JSONata' ? 'JSONPath' : 'JSONata';
  for (const field of Object.keys(state)) {
    const reason = NOT_HERE[field];
    if (table?.both.includes(field) || table?.[dialect].includes(field)) {
      if (reason) found.add('NOT_SUPPORTED_HERE', `Field '${field}': ${reason}`, at);
    } else if (table?.[other].includes(field)) {
      found.schema(
        `The QueryLanguage is set to '${dialect}', but field '${field}' is only supported for the '${other}' QueryLanguage`,
        at,
      );
    } else if (reason) found.add('NOT_SUPPORTED_HERE', `Field '${field}': ${reason}`, at);
    else found.schema(`Field '${field}' is not supported`, at);
  }
}

function checkMoves({ state, at, found }: Place): void {
  if (['Choice', 'Succeed', 'Fail'].includes(String(state['Type']))) return;
  const { Next, End } = state;
  if (Next === undefined && End !== true) found.schema(`One of these fields is required: [Next, End]`, at);
  if (Next !== undefined && End === true)
    found.schema(`Only one of these fields may be set: [Next, End]`, at);
  if (Next !== undefined && typeof Next !== 'string') found.schema('Value must be a string', `${at}/Next`);
  if (End !== undefined && typeof End !== 'boolean') found.schema('Value must be a boolean', `${at}/End`);
}

function checkByType(place: Place, type: string): void {
  switch (type) {
    case 'Task':
      checkResource(place);
      checkSeconds(place, 'TimeoutSeconds');
      checkSeconds(place, 'HeartbeatSeconds');
      checkRetry(place);
      checkCatch(place);
      break;
    case 'Wait':
      checkWait(place);
      break;
    case 'Choice':
      checkChoices(place);
      break;
    case 'Parallel':
      checkBranches(place);
      checkRetry(place);
      checkCatch(place);
      break;
    case 'Map':
      checkProcessor(place);
      checkRetry(place);
      checkCatch(place);
  }
}

function checkResource({ state, at, found }: Place): void {
  const resource = state['Resource'];
  if (resource === undefined) {
    found.schema('These fields are required: [Resource]', at);
    return;
  }
  const parsed = typeof resource === 'string' ? parseResource(resource) : undefined;
  if (!parsed) {
    found.schema(`Value is not a valid resource ARN`, `${at}/Resource`);
    return;
  }
  const reason = refusal(parsed);
  if (reason) found.add('NOT_SUPPORTED_HERE', `Resource: ${reason}`, `${at}/Resource`);
}

/** A literal, or in JSONata an expression whose value is looked at when it is there. */
function checkSeconds({ state, at, dialect, found }: Place, field: string): void {
  const value = state[field];
  if (value === undefined || (dialect === 'JSONata' && isExpression(value))) return;
  if (!isPositiveInteger(value)) found.schema('Value must be a positive integer', `${at}/${field}`);
  const timeout = state['TimeoutSeconds'];
  if (field === 'HeartbeatSeconds' && typeof timeout === 'number' && Number(value) >= timeout) {
    found.schema(`Value must be smaller than 'TimeoutSeconds'`, `${at}/HeartbeatSeconds`);
  }
}

function checkWait({ state, at, dialect, found }: Place): void {
  const given = ['Seconds', 'Timestamp', 'SecondsPath', 'TimestampPath'].filter(
    (field) => state[field] !== undefined,
  );
  if (given.length !== 1) {
    found.schema('Exactly one of these fields is required: [Seconds, Timestamp]', at);
    return;
  }
  const { Seconds, Timestamp } = state;
  const computed =
    dialect === 'JSONata' && [Seconds, Timestamp].some((value) => value !== undefined && isExpression(value));
  if (computed) return;
  if (Seconds !== undefined && Seconds !== 0 && !isPositiveInteger(Seconds)) {
    found.schema('Value must be a non-negative integer', `${at}/Seconds`);
  }
  if (Timestamp === undefined) return;
  try {
    parseTimestamp(String(Timestamp));
  } catch {
    found.schema('Value must be a timestamp such as 2026-01-31T12:00:00Z', `${at}/Timestamp`);
  }
}
