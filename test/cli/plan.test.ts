/** The exit code of `plan` is the one that `deploy` would end with. */
import { expect, test } from '@jest/globals';
import { exitOf } from '../../cli/commands/plan.ts';
import type { Preview } from '../../cli/plan.ts';
import { type ErrorName, LockstepError } from '../../core/errors.ts';

const preview = (errors: readonly ErrorName[], verdict?: 'safe' | 'needs-approval') =>
  ({
    refusals: errors.map((name) => new LockstepError(name)),
    migration: verdict ? { result: { verdict } } : null,
  }) as unknown as Preview;

test.each([
  ['nothing stands against it', preview([], 'safe'), 0],
  ['a release without migrations', preview([]), 0],
  ['a person has to approve', preview([], 'needs-approval'), 16],
  ['it is refused', preview(['AlarmActive', 'LockHeld']), 10],
  ['it is refused, whoever would approve it', preview(['Frozen'], 'needs-approval'), 10],
])('%s', (_, seen, code) => {
  expect(exitOf(seen)).toBe(code);
});
