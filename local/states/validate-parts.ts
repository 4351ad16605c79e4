/** Checks of what stands inside of a state: rules, retriers, catchers, branches, the processor of a Map, and paths. */

import { arrayOfObjects, checkAssign, isExpression, type Place, type Surroundings } from './checks.ts';
import type { Diagnostics } from './diagnostics.ts';
import { checkExpressions } from './expressions-check.ts';
import { CATCHER_FIELDS, PROGRAM_FIELDS, RETRIER_FIELDS, RULE_FIELDS } from './fields.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { parsePath } from './path.ts';

function onlyFields(value: JsonObject, fields: readonly string[], at: string, found: Diagnostics): void {
  for (const field of Object.keys(value)) {
    if (!fields.includes(field)) found.schema(`Field '${field}' is not supported`, at);
  }
}

export function checkChoices(place: Place): void {
  const { at, found } = place;
  for (const [index, rule] of arrayOfObjects(place, 'Choices', 1).entries()) {
    const where = `${at}/Choices[${index}]`;
    onlyFields(rule, RULE_FIELDS, where, found);
    const missing = ['Condition', 'Next'].filter((field) => rule[field] === undefined);
    if (missing.length > 0) found.schema(`These fields are required: [${missing.join(', ')}]`, where);
    const { Condition } = rule;
    if (Condition !== undefined && typeof Condition !== 'boolean' && !isExpression(Condition)) {
      found.schema('Value must be a boolean or a JSONata expression', `${where}/Condition`);
    }
    checkAssign({ ...place, state: rule, at: where });
    for (const field of ['Condition', 'Assign', 'Output']) {
      if (rule[field] !== undefined) checkExpressions(rule[field], `${where}/${field}`, false, found);
    }
  }
}

function checkErrorEquals(entry: JsonObject, where: string, last: boolean, found: Diagnostics): void {
  const names = entry['ErrorEquals'];
  if (names === undefined) {
    found.schema('These fields are required: [ErrorEquals]', where);
    return;
  }
  if (!isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string')) {
    found.schema('Value must be an array of strings that is not empty', `${where}/ErrorEquals`);
    return;
  }
  if (names.includes('States.ALL') && (names.length > 1 || !last)) {
    found.schema(`'States.ALL' must stand alone, and in the last entry`, `${where}/ErrorEquals`);
  }
}

export function checkRetry(place: Place): void {
  const { at, found } = place;
  const retriers = arrayOfObjects(place, 'Retry', 0);
  for (const [index, retrier] of retriers.entries()) {
    const where = `${at}/Retry[${index}]`;
    onlyFields(retrier, RETRIER_FIELDS, where, found);
    checkErrorEquals(retrier, where, index === retriers.length - 1, found);
    const number = (field: string, least: number, whole: boolean) => {
      const value = retrier[field];
      if (value === undefined) return;
      const fits = typeof value === 'number' && value >= least && (!whole || Number.isInteger(value));
      if (!fits)
        found.schema(
          `Value must be ${whole ? 'an integer' : 'a number'} of at least ${least}`,
          `${where}/${field}`,
        );
    };
    number('IntervalSeconds', 1, true);
    number('MaxAttempts', 0, true);
    number('MaxDelaySeconds', 1, true);
    number('BackoffRate', 1, false);
    const jitter = retrier['JitterStrategy'];
    if (jitter !== undefined && jitter !== 'FULL' && jitter !== 'NONE') {
      found.schema('Value must be one of the following: [FULL, NONE]', `${where}/JitterStrategy`);
    }
  }
}

export function checkCatch(place: Place): void {
  const { at, dialect, found } = place;
  const catchers = arrayOfObjects(place, 'Catch', 0);
  for (const [index, catcher] of catchers.entries()) {
    const where = `${at}/Catch[${index}]`;
    onlyFields(catcher, CATCHER_FIELDS[dialect], where, found);
    checkErrorEquals(catcher, where, index === catchers.length - 1, found);
    if (catcher['Next'] === undefined) found.schema('These fields are required: [Next]', where);
    const inner: Place = { ...place, state: catcher, at: where };
    checkAssign(inner);
    if (dialect === 'JSONPath') checkPaths(inner);
    else {
      for (const field of ['Assign', 'Output']) {
        if (catcher[field] !== undefined) checkExpressions(catcher[field], `${where}/${field}`, true, found);
      }
    }
  }
}

export function checkBranches(place: Place): void {
  const { at, around, found } = place;
  for (const [index, branch] of arrayOfObjects(place, 'Branches', 1).entries()) {
    around.checkProgram(branch, `${at}/Branches[${index}]`, PROGRAM_FIELDS, inside(place), found);
  }
}

export function checkProcessor(place: Place): void {
  const { state, at, around, found } = place;
  const processor = state['ItemProcessor'];
  if (!isObject(processor)) {
    found.schema('These fields are required: [ItemProcessor]', at);
    return;
  }
  const where = `${at}/ItemProcessor`;
  const config = processor['ProcessorConfig'];
  if (isObject(config)) {
    const mode = config['Mode'] ?? 'INLINE';
    if (mode !== 'INLINE') {
      found.add(
        'NOT_SUPPORTED_HERE',
        `Mode '${mode}': distributed maps are not run here`,
        `${where}/ProcessorConfig`,
      );
    }
    onlyFields(config, ['Mode'], `${where}/ProcessorConfig`, found);
  }
  around.checkProgram(processor, where, [...PROGRAM_FIELDS, 'ProcessorConfig'], inside(place), found);
}

/** What the states of a branch or an iteration have around them. */
function inside({ around }: Place): Surroundings {
  return { ...around, outer: new Set([...around.outer, ...around.assigned]) };
}

const PATH_FIELDS = ['InputPath', 'OutputPath', 'ResultPath'];
const TEMPLATE_FIELDS = ['Parameters', 'ResultSelector', 'Assign'];

export function checkPaths({ state, at, found }: Place): void {
  const check = (text: Json, where: string) => {
    if (typeof text === 'string' && parsePath(text)) return;
    found.add(
      'NOT_SUPPORTED_HERE',
      `Only paths of names and indexes are run here, not: ${JSON.stringify(text)}`,
      where,
    );
  };
  for (const field of PATH_FIELDS) {
    const value = state[field];
    if (value !== undefined && value !== null) check(value, `${at}/${field}`);
  }
  const walk = (value: Json, where: string): void => {
    if (isArray(value)) for (const [index, item] of value.entries()) walk(item, `${where}[${index}]`);
    if (!isObject(value)) return;
    for (const [key, member] of Object.entries(value)) {
      if (key.endsWith('.$')) check(member, `${where}/${key}`);
      else walk(member, `${where}/${key}`);
    }
  };
  for (const field of TEMPLATE_FIELDS) if (state[field] !== undefined) walk(state[field], `${at}/${field}`);
}
