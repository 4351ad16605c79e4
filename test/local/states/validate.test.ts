/** What is wrong with a definition is said before anything runs, with its place. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeDiagnostics } from '../../../local/states/diagnostics.ts';
import { validate } from '../../../local/states/validate.ts';
import { TASK } from './play.ts';

const END = { Type: 'Pass', End: true };
const machine = (startAt: string, states: object, more: object = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: startAt,
  States: states,
  ...more,
});
/** A machine of one state, which ends it. */
const only = (state: object) => machine('A', { A: { End: true, ...state } });
const inner = (states: object) => ({ StartAt: Object.keys(states)[0], States: states });

/** Each problem as CreateStateMachine puts it: code, sentence, place. */
function problems(definition: object | string): string[] {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
  return validate(text).diagnostics.map((diagnostic) =>
    describeDiagnostics([diagnostic]).replace(/^Invalid State Machine Definition: '(.*)'$/s, '$1'),
  );
}

const SCHEMA = 'SCHEMA_VALIDATION_FAILED:';
const TARGET = 'MISSING_TRANSITION_TARGET:';
const NO_END = 'MISSING_END_STATE: Workflow has no terminal state at null';

test.each<[string, object, ...string[]]>([
  ['a machine without states', { StartAt: 'A' }, `${SCHEMA} These fields are required: [States] at /`],
  [
    'a field of the machine that is none',
    machine('A', { A: END }, { Nope: 1 }),
    `${SCHEMA} Field 'Nope' is not supported at /`,
  ],
  [
    'a field of a state that is none',
    only({ Type: 'Pass', Nonsense: 1 }),
    `${SCHEMA} Field 'Nonsense' is not supported at /States/A`,
  ],
  [
    'a field that this type of state does not have',
    only({ Type: 'Pass', Catch: [] }),
    `${SCHEMA} Field 'Catch' is not supported at /States/A`,
  ],
  [
    'a field of the other language',
    only({ Type: 'Pass', InputPath: '$' }),
    `${SCHEMA} The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/A`,
  ],
  [
    'a state in JSONPath in a machine in JSONata',
    only({ Type: 'Pass', QueryLanguage: 'JSONPath' }),
    `${SCHEMA} 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/A`,
  ],
  [
    'a type of state that is none',
    only({ Type: 'Passs' }),
    `${SCHEMA} Value must be one of the following: [Pass, Task, Choice, Wait, Succeed, Fail, Parallel, Map] at /States/A/Type`,
  ],
  [
    'a state that neither ends nor goes on',
    machine('A', { A: { Type: 'Pass' } }),
    `${SCHEMA} One of these fields is required: [Next, End] at /States/A`,
    NO_END,
  ],
  [
    'a state that is not there',
    machine('A', { A: { Type: 'Pass', Next: 'B' } }),
    `${TARGET} Missing 'Next' target: B at /States/A/Next`,
    NO_END,
  ],
  [
    'a state that nothing leads to',
    machine('A', { A: END, B: END }),
    `${TARGET} State "B" is not reachable. at /States/B`,
  ],
  [
    'a way out of a branch',
    machine('P', {
      P: { Type: 'Parallel', Branches: [inner({ I: { Type: 'Pass', Next: 'Q' } })], Next: 'Q' },
      Q: END,
    }),
    `${TARGET} Missing 'Next' target: Q at /States/P/Branches[0]/States/I/Next`,
    NO_END,
  ],
  [
    'a name that two branches use',
    machine('P', { P: { Type: 'Parallel', Branches: [inner({ I: END }), inner({ I: END })], End: true } }),
    'DUPLICATE_STATE_NAME: Duplicate State name: I at /States/P/Branches[1]/States/I',
  ],
  [
    'a default that is not there',
    machine('C', { C: { Type: 'Choice', Choices: [{ Condition: true, Next: 'D' }], Default: 'E' }, D: END }),
    `${TARGET} Missing 'Next' target: E at /States/C/Default`,
  ],
  [
    'a choice without condition',
    machine('C', { C: { Type: 'Choice', Choices: [{ Next: 'D' }] }, D: END }),
    `${SCHEMA} These fields are required: [Condition] at /States/C/Choices[0]`,
  ],
  [
    'two ways to wait',
    only({ Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z' }),
    `${SCHEMA} Exactly one of these fields is required: [Seconds, Timestamp] at /States/A`,
  ],
  [
    'a wait into the past',
    only({ Type: 'Wait', Seconds: -1 }),
    `${SCHEMA} Value must be a non-negative integer at /States/A/Seconds`,
  ],
  [
    'a retrier that slows down to less',
    only({ Type: 'Task', Resource: TASK, Retry: [{ ErrorEquals: ['X'], BackoffRate: 0.5 }] }),
    `${SCHEMA} Value must be a number of at least 1 at /States/A/Retry[0]/BackoffRate`,
  ],
  [
    'a catcher that can never be asked',
    only({
      Type: 'Task',
      Resource: TASK,
      Catch: [
        { ErrorEquals: ['States.ALL'], Next: 'A' },
        { ErrorEquals: ['X'], Next: 'A' },
      ],
    }),
    `${SCHEMA} 'States.ALL' must stand alone, and in the last entry at /States/A/Catch[0]/ErrorEquals`,
  ],
  [
    'a heartbeat that is slower than the time-out',
    only({ Type: 'Task', Resource: TASK, TimeoutSeconds: 5, HeartbeatSeconds: 6 }),
    `${SCHEMA} Value must be smaller than 'TimeoutSeconds' at /States/A/HeartbeatSeconds`,
  ],
  [
    'an expression that does not parse',
    only({ Type: 'Pass', Output: { deep: ['{% $x( %}'] } }),
    'INVALID_JSONATA_EXPRESSION: Expected ")" before end of expression at /States/A/Output/deep[0]',
  ],
  [
    'a field read from nothing',
    only({ Type: 'Pass', Output: '{% field %}' }),
    `UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'field' at the top level is not supported. at /States/A/Output`,
  ],
  [
    'an assignment to a variable of the machine from a branch',
    machine('A', {
      A: { Type: 'Pass', Assign: { x: 1 }, Next: 'P' },
      P: { Type: 'Parallel', Branches: [inner({ I: { ...END, Assign: { x: 2 } } })], End: true },
    }),
    `${SCHEMA} Variable 'x' is assigned in an outer scope and cannot be assigned here at /States/P/Branches[0]/States/I/Assign`,
  ],
  [
    'an assignment to $states',
    only({ Type: 'Pass', Assign: { states: 1 } }),
    `${SCHEMA} Variable name 'states' is reserved at /States/A/Assign`,
  ],
])('refuses %s', (_what, definition, ...expected) => {
  expect(problems(definition)).toEqual(expected);
});

test('refuses text that is not JSON', () => {
  expect(problems('{')[0]).toMatch(/^INVALID_JSON_DESCRIPTION: .*position 1/);
});

test.each<[string, object, string]>([
  ['a machine in JSONPath', { StartAt: 'Old', States: { Old: END } }, `State 'Old' uses JSONPath`],
  [
    'a distributed map',
    only({
      Type: 'Map',
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...inner({ I: END }) },
    }),
    'distributed maps are not run here',
  ],
  [
    'an integration of another service',
    only({ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Arguments: {} }),
    `the integration 'sqs:sendMessage' is not supported here`,
  ],
  [
    'an activity',
    only({ Type: 'Task', Resource: 'arn:aws:states:eu-central-1:000000000000:activity:x' }),
    `the integration 'activity:x' is not supported here`,
  ],
])('says that it does not run %s, which AWS would', (_what, definition, sentence) => {
  const [first = ''] = problems(definition);
  expect(first).toMatch(/^NOT_SUPPORTED_HERE: /);
  expect(first).toContain(sentence);
});

test.each(['deploy', 'recover'])('finds nothing wrong with our own machine: %s', (name) => {
  const file = join(import.meta.dirname, `../../../statemachine/${name}.asl.json`);
  expect(problems(readFileSync(file, 'utf8'))).toEqual([]);
});
