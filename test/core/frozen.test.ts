import { frozen, takenBack } from '../../core/frozen.ts';
import { entryOf, type JournalEntry } from '../../core/journal.ts';
import type { Verdict } from '../../core/verdict.ts';
import { DEPLOYMENT, DIGESTS, OLD, PLAN, RELEASE } from '../setup/function.ts';

describe('whether a deployment may begin', () => {
  const environment = {
    timeZone: 'Europe/Berlin',
    freeze: [{ from: '2026-12-18', to: '2027-01-03', reason: 'end of year' }],
    windows: ['Mon-Thu 09:00-16:00'],
  };
  const at = (time: string, action: 'deploy' | 'update' | 'publish' | 'rollback' = 'deploy') =>
    frozen(environment as never, { environment: 'production', action }, new Date(time))?.message;

  test.each(['deploy', 'update'] as const)(
    '%s: not in a freeze, and it says until when it is really allowed',
    (action) => {
      expect(at('2026-12-21T10:00Z', action)).toBe(
        'No deployment to production begins before Mon 4 Jan 2027 09:00 (Europe/Berlin): end of year.',
      );
    },
  );

  test('not outside of the windows', () => {
    expect(at('2026-11-27T10:00Z')).toBe(
      'No deployment to production begins before Mon 30 Nov 2026 09:00 (Europe/Berlin): outside of the weekly windows (Mon-Thu 09:00-16:00).',
    );
    expect(at('2026-11-26T10:00Z')).toBeUndefined();
  });

  test.each(['publish', 'rollback'] as const)('%s: always', (action) => {
    expect(at('2026-12-21T10:00Z', action)).toBeUndefined();
  });
});

describe('whether a release was taken back', () => {
  const entry = (verdict: Verdict, more: Partial<JournalEntry> = {}): JournalEntry => ({
    ...entryOf(DEPLOYMENT, { action: 'deploy' }),
    plan: PLAN,
    release: RELEASE,
    outcome: { verdict, sentence: '', running: null, reason: null, remedy: null },
    ...more,
  });
  const went = (from: string) =>
    entry('succeeded', {
      action: 'rollback',
      deploymentId: 'bacc0000',
      release: { ...RELEASE, digest: DIGESTS.old },
      plan: { ...PLAN, action: 'rollback', running: { ...OLD, digest: from } },
    });
  const published = entry('succeeded', {
    action: 'publish',
    plan: { ...PLAN, steps: { build: true, migrate: false, release: false } },
  });
  const found = (...newestFirst: JournalEntry[]) => takenBack(RELEASE.digest, newestFirst)?.deploymentId;

  test.each<[string, JournalEntry[], string | undefined]>([
    ['nothing is known of it', [], undefined],
    ['it rolled back', [entry('rolled-back')], DEPLOYMENT.id],
    ['it rolled back and was published again', [published, entry('rolled-back')], DEPLOYMENT.id],
    ['it rolled back, and then succeeded', [entry('succeeded'), entry('rolled-back')], undefined],
    ['it succeeded, and a person went back from it', [went(RELEASE.digest), entry('succeeded')], 'bacc0000'],
    ['a person went back from another', [went(DIGESTS.old), entry('succeeded')], undefined],
    ['a person went back to it', [entry('succeeded', { action: 'rollback' })], undefined],
    ['somebody cancelled it', [entry('cancelled')], DEPLOYMENT.id],
    ['it needed a person', [entry('needs-attention')], DEPLOYMENT.id],
    ['its migration did not get its lock', [entry('migration-failed')], undefined],
    ['it was refused', [entry('refused')], undefined],
    ['it was only published', [published], undefined],
    ['it is under way', [{ ...entry('rolled-back'), outcome: undefined } as never], undefined],
  ])('%s', (_, entries, expected) => expect(found(...entries)).toBe(expected));
});
