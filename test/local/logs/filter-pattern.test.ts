import { parsePattern } from '../../../local/services/logs/filter/pattern.ts';

const found = (pattern: string, message: string) => parsePattern(pattern).match(message) !== undefined;

describe('a filter pattern of terms', () => {
  const line = '[ERROR 419] MISSING ARGUMENTS';
  test.each([
    ['', true],
    ['" "', true],
    ['ERROR', true],
    ['error', false],
    ['ERR', true],
    ['ERROR ARGUMENTS', true],
    ['ERROR WARN', false],
    ['?WARN ?ERROR', true],
    ['?WARN ?INFO', false],
    ['?WARN MISSING', true],
    ['ERROR -ARGUMENTS', false],
    ['ERROR -"bad request"', true],
    ['"ERROR 419"', true],
    ['"419] MISSING"', true],
    ['%ERROR [0-9]{3}%', true],
    ['%^ERROR%', false],
    ['ERROR -%4[0-9]{2}%', false],
    ['%a{,3}%', true],
    ['%\\x5BERROR%', true],
  ])('%s', (pattern, expected) => {
    expect(found(pattern, line)).toBe(expected);
  });
});

describe('a filter pattern for JSON', () => {
  const event = JSON.stringify({
    eventType: 'UpdateTrail',
    sourceIPAddress: '111.111.111.111',
    arrayKey: ['value', 'another value'],
    objectList: [
      { name: 'a', id: 1 },
      { name: 'b', id: 2 },
    ],
    SomeObject: null,
    flag: true,
    latency: 120.5,
    'cluster.name': 'c',
    'detail-type': 'x',
    coordinates: [
      [0, 1],
      [4, 5],
    ],
  });
  test.each([
    ['{ $.eventType = "UpdateTrail" }', true],
    ['{$.eventType=UpdateTrail}', true],
    ['{ $.eventType != "UpdateTrail" }', false],
    ['{ $.eventType = "Update*" }', true],
    ['{ $.eventType = *date }', false],
    ['{ $.sourceIPAddress != 123.123.* }', true],
    ['{ $.arrayKey[0] = "value" }', true],
    ['{ $.arrayKey = "value" }', false],
    ['{ $.arrayKey != "value" }', false],
    ['{ $.missing != "value" }', false],
    ['{ $.objectList[1].id = 2 }', true],
    ['{ $.objectList[*].id = 2 }', true],
    ['{ $.objectList[*].id = 3 }', false],
    ['{ $.coordinates[1][0] = 4 }', true],
    ['{ $.* = %^111\\.111% }', true],
    ['{ $.SomeObject IS NULL }', true],
    ['{ $.eventType IS NULL }', false],
    ['{ $.flag IS TRUE }', true],
    ['{ $.flag IS FALSE }', false],
    ['{ $.other NOT EXISTS }', true],
    ['{ $.SomeObject NOT EXISTS }', false],
    ['{ $.latency > 120 }', true],
    ['{ $.latency <= 1.205e2 }', true],
    ['{ $.latency < 120 }', false],
    ['{ $.latency = 12* }', true],
    ["{ $.['cluster.name'] = c }", true],
    ['{ $.detail-type = x }', true],
    ['{ $.eventType = %Trail$% }', true],
    ['{ $.latency > 500 || $.eventType = "UpdateTrail" && $.flag IS TRUE }', true],
    ['{ ($.latency < 500 || $.eventType = "UpdateTrail") && $.flag IS FALSE }', false],
  ])('%s', (pattern, expected) => {
    expect(found(pattern, event)).toBe(expected);
  });

  test('does not match an event that is not JSON', () => {
    expect(found('{ $.a NOT EXISTS }', 'plain text')).toBe(false);
  });

  test('gives values by selector', () => {
    const match = parsePattern('{ $.latency > 0 }').match(event);
    expect(match?.value('$.latency')).toBe(120.5);
    expect(match?.value('$.objectList[0].name')).toBe('a');
    expect(match?.value('$.nothing')).toBeUndefined();
  });
});

describe('a filter pattern for space-delimited events', () => {
  const line = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
  test.each([
    ['[ip, user, username, timestamp, request, status_code, bytes]', true],
    ['[ip, user, username, timestamp, request, status_code, bytes, more]', false],
    [
      '[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]',
      true,
    ],
    ['[..., request=*.html*, status_code=4*,]', true],
    ['[..., status_code = 404 || status_code = 410, bytes]', true],
    ['[..., status_code = 4* && status_code != 404, bytes]', false],
    ['[..., bytes > 1000]', true],
    ['[..., bytes > 2000]', false],
    ['[ip, user = Prod, ...]', true],
    ['[ip, user = Test, ...]', false],
    ['[ip, ..., status_code = 404, bytes]', true],
    ['[w1=127.0.0.1, w2]', true],
    ['[w1!=127.0.0.1 && w1!=WARN, w2]', false],
  ])('%s', (pattern, expected) => {
    expect(found(pattern, line)).toBe(expected);
  });

  test('gives values by name, or by place where a field has none', () => {
    const match = parsePattern('[..., request, status_code=4*, bytes]').match(line);
    expect(match?.value('$status_code')).toBe('404');
    expect(match?.value('$request')).toBe('GET /index.html HTTP/1.0');
    expect(match?.value('$3')).toBe('frank');
  });
});

describe('a pattern that CloudWatch refuses is refused with its sentence', () => {
  test.each([
    ['{ $.a = 1', "If a filter pattern starts with '{' it must end with '}'"],
    ['[a, b', "If a filter pattern starts with '[' it must end with ']'"],
    ['""', `Invalid character(s) in term '""'`],
    ['?Status: timeout', "Invalid character(s) in term ':'"],
    ['a(b', "Invalid character(s) in term '('"],
    ['`x', "Invalid character(s) in term '`'"],
    ['{ $."sc-status" = 5* }', `Invalid character(s) in term '$."'`],
    ['%something!%', "Invalid character(s) in term '!'"],
    ['%a(b)%', "Invalid character(s) in term '('"],
    ['%a\\(b%', "Invalid character(s) in term '\\('"],
    ['[time, status=4* && bytes > 1000]', 'Invalid filter pattern'],
    ['{ $.a[*].b[*] = 1 }', 'Invalid filter pattern'],
    ['{ $.a IS NOT NULL }', "Invalid character(s) in term 'I'"],
    ['{ $.a }', 'Invalid filter pattern'],
    ['{ a = 1 }', "Invalid character(s) in term 'a'"],
    ['{ $.a > x }', 'Invalid filter pattern'],
    ['%a% %b% %c%', 'A filter pattern may contain at most 2 regular expressions'],
  ])('%s', (pattern, message) => {
    expect(() => parsePattern(pattern)).toThrow(
      expect.objectContaining({ code: 'InvalidParameterException', message }),
    );
  });
});
