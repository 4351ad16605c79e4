import type { Invocation } from '../../cli/command.ts';
import { requestOptions } from '../../cli/request.ts';

const given = (options: Invocation['options']) =>
  requestOptions({ options, positionals: [], variables: {}, directory: '.', signal: AbortSignal.abort() });

test('--override-freeze goes with the request, and not without a reason', () => {
  expect(given({ 'override-freeze': 'the shop is down' })).toEqual({
    allowOlder: false,
    overrideFreeze: 'the shop is down',
  });
  expect(given({})).toEqual({ allowOlder: false });
  for (const nothing of ['', '  ']) {
    expect(() => given({ 'override-freeze': nothing })).toThrow('--override-freeze says not why.');
  }
});
