import { parseEventPattern } from '../../../local/services/events/pattern/pattern.ts';

const event = {
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  resources: ['arn:a', 'arn:b'],
  detail: {
    status: 'FAILED',
    count: 5,
    price: 3.5,
    empty: '',
    nothing: null,
    done: false,
    ip: '10.0.0.7',
    ip6: '2001:db8::1',
    file: 'dir/image.PNG',
    tags: ['red', 'green'],
    items: [
      { name: 'a', size: 1 },
      { name: 'b', size: 2 },
    ],
    inner: { x: 1 },
  },
};

const matches = (pattern: unknown) => parseEventPattern(JSON.stringify(pattern)).matches(event);
const detail = (pattern: unknown) => matches({ detail: pattern });

test.each([
  [{ source: ['aws.states'] }, true],
  [{ source: ['aws.ecs', 'aws.states'] }, true],
  [{ source: ['aws.ecs'] }, false],
  [{ source: ['aws.states'], detail: { status: ['FAILED', 'ABORTED'] } }, true],
  [{ source: ['aws.states'], detail: { status: ['SUCCEEDED'] } }, false],
  [{ resources: ['arn:b'] }, true],
  [{ resources: [{ prefix: 'arn:' }] }, true],
  [{ absent: ['x'] }, false],
  [{ source: { deeper: ['x'] } }, false],
])('%j matches: %j', (pattern, expected) => {
  expect(matches(pattern)).toBe(expected);
});

test.each([
  [{ count: [5] }, true],
  [{ count: ['5'] }, false],
  [{ done: [false] }, true],
  [{ nothing: [null] }, true],
  [{ empty: [''] }, true],
  [{ status: [{ prefix: 'FA' }] }, true],
  [{ status: [{ prefix: { 'equals-ignore-case': 'fa' } }] }, true],
  [{ file: [{ suffix: '.PNG' }] }, true],
  [{ file: [{ suffix: { 'equals-ignore-case': '.png' } }] }, true],
  [{ status: [{ 'equals-ignore-case': 'failed' }] }, true],
  [{ file: [{ wildcard: 'dir/*.PNG' }] }, true],
  [{ file: [{ wildcard: 'dir/*.JPG' }] }, false],
  [{ file: [{ wildcard: 'dir/\\*' }] }, false],
  [{ status: [{ 'anything-but': 'SUCCEEDED' }] }, true],
  [{ status: [{ 'anything-but': ['FAILED', 'ABORTED'] }] }, false],
  [{ status: [{ 'anything-but': { prefix: 'FA' } }] }, false],
  [{ status: [{ 'anything-but': { prefix: ['X', 'Y'] } }] }, true],
  [{ status: [{ 'anything-but': { suffix: 'ED' } }] }, false],
  [{ status: [{ 'anything-but': { 'equals-ignore-case': 'failed' } }] }, false],
  [{ status: [{ 'anything-but': { wildcard: '*AIL*' } }] }, false],
  [{ absent: [{ 'anything-but': 'x' }] }, false],
  [{ count: [{ 'anything-but': [1, 2] }] }, true],
  [{ count: [{ numeric: ['>', 0, '<=', 5] }] }, true],
  [{ count: [{ numeric: ['<', 5] }] }, false],
  [{ price: [{ numeric: ['=', 3.5] }] }, true],
  [{ status: [{ numeric: ['=', 0] }] }, false],
  [{ count: [{ exists: true }] }, true],
  [{ absent: [{ exists: true }] }, false],
  [{ absent: [{ exists: false }] }, true],
  [{ inner: [{ exists: false }] }, true],
  [{ inner: { x: [{ exists: true }] } }, true],
  [{ nothing: [{ exists: true }] }, true],
  [{ ip: [{ cidr: '10.0.0.0/24' }] }, true],
  [{ ip: [{ cidr: '10.0.1.0/24' }] }, false],
  [{ ip6: [{ cidr: '2001:db8::/32' }] }, true],
  [{ tags: ['green'] }, true],
  [{ tags: ['blue'] }, false],
  [{ items: { name: ['a'], size: [1] } }, true],
  [{ items: { name: ['a'], size: [2] } }, false],
  [{ $or: [{ status: ['X'] }, { count: [{ numeric: ['>', 4] }] }] }, true],
  [{ $or: [{ status: ['X'] }, { count: [1] }], done: [false] }, false],
  [{ $or: [{ status: ['FAILED'] }, { count: [1] }], done: [true] }, false],
])('detail %j matches: %j', (pattern, expected) => {
  expect(detail(pattern)).toBe(expected);
});

test.each([
  ['not json', 'Filter is not valid JSON'],
  ['[]', 'Filter is not an object'],
  ['{}', 'Empty patterns are not allowed'],
  ['{"source": "x"}', '"source" must be an object or an array'],
  ['{"source": []}', 'Empty arrays are not allowed'],
  ['{"source": [{"foo": 1}]}', 'Unrecognized match type foo'],
  ['{"source": [{"prefix": 1}]}', 'prefix match pattern must be a string'],
  ['{"source": [{"prefix": "a", "suffix": "b"}]}', 'Only one key allowed in match expression ("source")'],
  ['{"source": [{"numeric": [">"]}]}', 'Value of numeric must be an array of operators and numbers.'],
  ['{"source": [{"numeric": ["~", 1]}]}', 'Unrecognized numeric range operator: ~'],
  ['{"source": [{"exists": "yes"}]}', 'exists match pattern must be either true or false.'],
  ['{"source": [{"wildcard": "a**"}]}', 'Consecutive wildcard characters are not allowed'],
  ['{"source": [{"cidr": "10.0.0.0"}]}', 'Malformed CIDR, one slash required: 10.0.0.0'],
  ['{"$or": [{"a": [1]}]}', '"$or" must be an array with at least two objects'],
])('%s is refused', (text, reason) => {
  expect(() => parseEventPattern(text)).toThrow(
    expect.objectContaining({
      code: 'InvalidEventPatternException',
      message: `Event pattern is not valid. Reason: ${reason}`,
    }),
  );
});
