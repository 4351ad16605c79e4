import { expect, test } from '@jest/globals';
import { plan, type TaskView, type Wanted } from '../../../local/services/ecs/engine/plan.ts';

const defaults: Wanted = { desired: 2, minimumPercent: 100, maximumPercent: 200, launch: 'now' };
let made = 0;
const task = (kind: string): TaskView => ({
  arn: `${kind}${made}`,
  primary: kind.startsWith('new'),
  healthy: kind.endsWith('healthy'),
  failing: kind.endsWith('failing'),
  createdAt: made++,
});

/** `tasks` are `new` or `old`, then healthy, failing or nothing yet. */
const rows: [string, Partial<Wanted>, string[], { start: number; stop: string[] }][] = [
  ['an empty service starts all it wants', {}, [], { start: 2, stop: [] }],
  ['a full one does nothing', {}, ['new healthy', 'new healthy'], { start: 0, stop: [] }],
  ['a rollout first doubles', {}, ['old healthy', 'old healthy'], { start: 2, stop: [] }],
  [
    'new tasks that are not healthy replace nobody',
    {},
    ['old healthy', 'old healthy', 'new', 'new'],
    { start: 0, stop: [] },
  ],
  [
    'one healthy new task replaces one old one',
    {},
    ['old healthy', 'old healthy', 'new healthy', 'new'],
    { start: 0, stop: ['old'] },
  ],
  [
    'when all new ones are healthy the old ones go',
    {},
    ['old healthy', 'old healthy', 'new healthy', 'new healthy'],
    { start: 0, stop: ['old', 'old'] },
  ],
  [
    'without room above the count an old one has to go first',
    { minimumPercent: 50, maximumPercent: 100 },
    ['old healthy', 'old healthy'],
    { start: 0, stop: ['old'] },
  ],
  [
    'with neither room nor slack nothing can move',
    { desired: 1, minimumPercent: 100, maximumPercent: 150 },
    ['old healthy'],
    { start: 0, stop: [] },
  ],
  [
    'an old task that serves nobody goes at once',
    {},
    ['old', 'old healthy', 'new', 'new'],
    { start: 0, stop: ['old'] },
  ],
  [
    'a failing task gets its replacement first where there is room',
    {},
    ['new healthy', 'new failing'],
    { start: 1, stop: [] },
  ],
  [
    'and goes when the replacement is healthy',
    {},
    ['new healthy', 'new failing', 'new healthy'],
    { start: 0, stop: ['failing'] },
  ],
  [
    'a failing new task goes first where the rollout has no room',
    {},
    ['old healthy', 'old healthy', 'new failing', 'new failing'],
    { start: 0, stop: ['failing', 'failing'] },
  ],
  [
    'scaling in takes the youngest',
    { desired: 1 },
    ['new healthy', 'new healthy'],
    { start: 0, stop: ['surplus'] },
  ],
  [
    'scaling in prefers who is not healthy',
    { desired: 1 },
    ['new', 'new healthy'],
    { start: 0, stop: ['surplus'] },
  ],
  ['while there is a pause nothing starts', { launch: 'later' }, ['new healthy'], { start: 0, stop: [] }],
  [
    'a failed deployment starts nothing and keeps what serves',
    { launch: 'never' },
    ['old healthy', 'old healthy', 'new failing'],
    { start: 0, stop: ['failing'] },
  ],
  [
    'nothing is wanted',
    { desired: 0 },
    ['old healthy', 'new healthy'],
    { start: 0, stop: ['surplus', 'old'] },
  ],
  [
    'rolling back with the old tasks still there only stops the failed ones',
    {},
    ['new healthy', 'new healthy', 'old', 'old failing'],
    { start: 0, stop: ['old', 'old'] },
  ],
];

test.each(rows)('%s', (_, wanted, kinds, expected) => {
  const tasks = kinds.map(task);
  const next = plan({ ...defaults, ...wanted }, tasks);
  expect({ start: next.start, stop: next.stop.map(({ why }) => why) }).toEqual(expected);
  for (const { arn, why } of next.stop) {
    if (why === 'old') expect(arn.startsWith('old')).toBe(true);
  }
});

test('never below the minimum and never above the maximum, whatever the tasks are', () => {
  const kinds = ['new', 'new healthy', 'new failing', 'old', 'old healthy', 'old failing'];
  for (let sample = 0; sample < 6 ** 4; sample++) {
    const tasks = [0, 1, 2, 3].map((place) => task(kinds[Math.floor(sample / 6 ** place) % 6] as string));
    for (const [minimumPercent, maximumPercent] of [
      [100, 200],
      [50, 150],
      [0, 100],
    ] as const) {
      const wanted = { ...defaults, desired: 2, minimumPercent, maximumPercent };
      const next = plan(wanted, tasks);
      const left = tasks.filter(({ arn }) => !next.stop.some((one) => one.arn === arn));
      const healthy = (some: readonly TaskView[]) => some.filter((one) => one.healthy).length;
      const least = Math.min(Math.ceil((2 * minimumPercent) / 100), healthy(tasks));
      expect(healthy(left)).toBeGreaterThanOrEqual(least);
      if (next.start > 0) {
        expect(left.length + next.start).toBeLessThanOrEqual(Math.floor((2 * maximumPercent) / 100));
      }
      expect(new Set(next.stop.map(({ arn }) => arn)).size).toBe(next.stop.length);
    }
  }
});
