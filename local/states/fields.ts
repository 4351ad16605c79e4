/** Which fields a definition may have, where, and in which query language. */

export type Dialect = 'JSONata' | 'JSONPath';

export interface FieldTable {
  /** In both query languages. */
  readonly both: readonly string[];
  readonly JSONata: readonly string[];
  readonly JSONPath: readonly string[];
}

const ALWAYS = ['Type', 'Comment', 'QueryLanguage'];
const MOVES = ['Next', 'End'];
const DATA_FLOW = ['InputPath', 'Parameters', 'ResultPath', 'OutputPath'];

/** AWS's own table, type by type: a field that is not in it is refused with `Field 'X' is not supported`. */
export const STATE_FIELDS: Readonly<Record<string, FieldTable>> = {
  Pass: {
    both: [...ALWAYS, ...MOVES, 'Assign'],
    JSONata: ['Output'],
    JSONPath: [...DATA_FLOW, 'Result'],
  },
  Task: {
    both: [...ALWAYS, ...MOVES, 'Resource', 'Assign', 'Retry', 'Catch', 'TimeoutSeconds', 'HeartbeatSeconds'],
    JSONata: ['Arguments', 'Output'],
    JSONPath: [...DATA_FLOW, 'ResultSelector', 'TimeoutSecondsPath', 'HeartbeatSecondsPath'],
  },
  Choice: {
    both: [...ALWAYS, 'Choices', 'Default', 'Assign'],
    JSONata: ['Output'],
    JSONPath: ['InputPath', 'OutputPath'],
  },
  Wait: {
    both: [...ALWAYS, ...MOVES, 'Seconds', 'Timestamp', 'Assign'],
    JSONata: ['Output'],
    JSONPath: ['InputPath', 'OutputPath', 'SecondsPath', 'TimestampPath'],
  },
  Succeed: { both: ALWAYS, JSONata: ['Output'], JSONPath: ['InputPath', 'OutputPath'] },
  Fail: { both: [...ALWAYS, 'Error', 'Cause'], JSONata: [], JSONPath: ['ErrorPath', 'CausePath'] },
  Parallel: {
    both: [...ALWAYS, ...MOVES, 'Branches', 'Assign', 'Retry', 'Catch'],
    JSONata: ['Arguments', 'Output'],
    JSONPath: [...DATA_FLOW, 'ResultSelector'],
  },
  Map: {
    both: [
      ...ALWAYS,
      ...MOVES,
      'ItemProcessor',
      'ItemSelector',
      'MaxConcurrency',
      'ToleratedFailureCount',
      'ToleratedFailurePercentage',
      'Assign',
      'Retry',
      'Catch',
    ],
    JSONata: ['Items', 'Output'],
    JSONPath: [...DATA_FLOW, 'ResultSelector', 'ItemsPath', 'MaxConcurrencyPath', 'Iterator'],
  },
};

export const MACHINE_FIELDS = ['Comment', 'StartAt', 'States', 'TimeoutSeconds', 'Version', 'QueryLanguage'];
export const PROGRAM_FIELDS = ['Comment', 'StartAt', 'States'];
export const RULE_FIELDS = ['Comment', 'Condition', 'Next', 'Assign', 'Output'];
export const RETRIER_FIELDS = [
  'Comment',
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
];
export const CATCHER_FIELDS: Readonly<Record<Dialect, readonly string[]>> = {
  JSONata: ['Comment', 'ErrorEquals', 'Next', 'Assign', 'Output'],
  JSONPath: ['Comment', 'ErrorEquals', 'Next', 'Assign', 'ResultPath'],
};

/** Fields that AWS knows and this interpreter does not run: refused by name, so that nobody wonders. */
export const NOT_HERE: Readonly<Record<string, string>> = {
  Credentials: 'tasks always run with the role of the machine',
  ItemReader: 'distributed maps are not run here',
  ItemBatcher: 'distributed maps are not run here',
  ResultWriter: 'distributed maps are not run here',
  Label: 'distributed maps are not run here',
  TimeoutSecondsPath: 'of JSONPath only what mixed machines commonly use is run here',
  HeartbeatSecondsPath: 'of JSONPath only what mixed machines commonly use is run here',
  SecondsPath: 'of JSONPath only what mixed machines commonly use is run here',
  TimestampPath: 'of JSONPath only what mixed machines commonly use is run here',
  ErrorPath: 'of JSONPath only what mixed machines commonly use is run here',
  CausePath: 'of JSONPath only what mixed machines commonly use is run here',
};

/** Fields of a state whose strings may be expressions. */
export const EXPRESSION_FIELDS = [
  'Arguments',
  'Assign',
  'Output',
  'Items',
  'ItemSelector',
  'MaxConcurrency',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
  'TimeoutSeconds',
  'HeartbeatSeconds',
  'Seconds',
  'Timestamp',
  'Error',
  'Cause',
];

/** JSONPath states of these types are run in a machine that also has JSONata states. */
export const MIXED_TYPES = new Set(['Pass', 'Task', 'Wait', 'Succeed', 'Fail']);
