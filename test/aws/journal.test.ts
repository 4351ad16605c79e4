import {
  allLocks,
  beginEntry,
  endEntry,
  entriesOf,
  findEntry,
  leaveLockTo,
  readLock,
  releaseLock,
  renewLock,
  requestCancel,
  writeStep,
} from '../../aws/journal.ts';
import { entryOf } from '../../core/journal.ts';
import { DEPLOYMENT, PLAN, RELEASE } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());
beforeEach(() => journal.reset(DEPLOYMENT));

const STRANGER = { ...DEPLOYMENT, id: '9999aaaa', owner: 'somebody else' };
const all = async <Item>(items: AsyncIterable<Item>) => {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
};

describe('the journal', () => {
  test('an entry that was begun stays as it is when it is begun again', async () => {
    await beginEntry(journal, entryOf(DEPLOYMENT, { requestedBy: 'ada' }));
    await beginEntry(journal, entryOf(DEPLOYMENT, { requestedBy: 'grace' }));
    expect(await journal.entry(DEPLOYMENT)).toMatchObject({ requestedBy: 'ada', steps: {} });
  });

  test('a step’s record replaces that step’s alone, and brings what it found out', async () => {
    await beginEntry(journal, entryOf(DEPLOYMENT, {}));
    await writeStep(
      journal,
      DEPLOYMENT,
      'Plan',
      { startedAt: 'a', status: 'done', summary: 'planned' },
      { plan: PLAN, commit: PLAN.commit },
    );
    await writeStep(
      journal,
      DEPLOYMENT,
      'Build',
      { startedAt: 'b', status: 'waiting', summary: '' },
      { release: RELEASE },
    );
    expect(await journal.entry(DEPLOYMENT)).toMatchObject({
      plan: PLAN,
      commit: PLAN.commit,
      release: RELEASE,
      steps: { Plan: { summary: 'planned' }, Build: { status: 'waiting' } },
    });
  });

  test('entries of a target are read newest first, further than one page', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => index);
    for (const index of ids) {
      const startedAt = `2026-11-${String(index + 1).padStart(2, '0')}T00:00:00.000Z`;
      await journal.put(entryOf({ ...DEPLOYMENT, id: String(index).padStart(8, '0'), startedAt }, {}));
    }
    const found = await all(entriesOf(journal, DEPLOYMENT.target));
    expect(found.map((entry) => Number(entry.deploymentId))).toEqual(ids.toReversed());
  });

  test('an entry is found by its deployment’s id', async () => {
    await beginEntry(journal, entryOf(DEPLOYMENT, {}));
    expect(await findEntry(journal, DEPLOYMENT.id)).toMatchObject({ target: 'backend/production' });
    expect(await findEntry(journal, 'ffffffff')).toBeUndefined();
  });

  test('its end is added to it', async () => {
    await beginEntry(journal, entryOf(DEPLOYMENT, {}));
    await endEntry(journal, DEPLOYMENT, { endedAt: 'now', notifiedAt: 'then' });
    expect(await journal.entry(DEPLOYMENT)).toMatchObject({ endedAt: 'now', notifiedAt: 'then', steps: {} });
  });
});

describe('the lock', () => {
  test('is renewed by its owner, and by nobody else', async () => {
    expect(await renewLock(journal, DEPLOYMENT, 4_000_000_000)).toMatchObject({ expiresAt: 4_000_000_000 });
    await expect(renewLock(journal, STRANGER, 5_000_000_000)).rejects.toMatchObject({
      name: 'LockLost',
      message: expect.stringContaining(`deployment ${DEPLOYMENT.id} does`),
    });
    expect(await readLock(journal, DEPLOYMENT.target)).toMatchObject({ expiresAt: 4_000_000_000 });
  });

  test('is freed by its owner, and by nobody else; twice is as good as once', async () => {
    await releaseLock(journal, STRANGER);
    expect(await readLock(journal, DEPLOYMENT.target)).toBeDefined();
    await releaseLock(journal, DEPLOYMENT);
    await releaseLock(journal, DEPLOYMENT);
    expect(await all(allLocks(journal))).toEqual([]);
  });

  test('that is free cannot be renewed', async () => {
    await releaseLock(journal, DEPLOYMENT);
    await expect(renewLock(journal, DEPLOYMENT, 1)).rejects.toMatchObject({
      name: 'LockLost',
      message: expect.stringContaining('nobody does'),
    });
  });

  test('keeps who asked to cancel, until it changes hands', async () => {
    expect(await requestCancel(journal, DEPLOYMENT.target, DEPLOYMENT.id, 'grace')).toBe(true);
    expect(await renewLock(journal, DEPLOYMENT, 4_000_000_000)).toMatchObject({ cancelledBy: 'grace' });
    expect(await requestCancel(journal, DEPLOYMENT.target, STRANGER.id, 'grace')).toBe(false);
    await leaveLockTo(journal, DEPLOYMENT, entryOf({ ...STRANGER, executionArn: 'dead' }, {}));
    expect(await readLock(journal, DEPLOYMENT.target)).toEqual({
      lockId: DEPLOYMENT.target,
      owner: 'dead',
      deploymentId: STRANGER.id,
      startedAt: STRANGER.startedAt,
      requestedBy: 'unknown',
      expiresAt: 0,
    });
  });

  test('is left to another by its owner alone', async () => {
    await leaveLockTo(journal, STRANGER, entryOf(STRANGER, {}));
    expect(await readLock(journal, DEPLOYMENT.target)).toMatchObject({ owner: DEPLOYMENT.owner });
  });
});
