import { SFNClient } from '@aws-sdk/client-sfn';
import { cancelDeployment } from '../../aws/approval.ts';
import { readLock } from '../../aws/journal.ts';
import { entryOf, type JournalEntry } from '../../core/journal.ts';
import { awsError, FakeAws } from '../setup/fake-aws.ts';
import { DEPLOYMENT } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());
beforeEach(async () => {
  aws = new FakeAws().answer({ 'SFN SendTaskFailure': {} });
  await journal.reset(DEPLOYMENT);
});

const step = (status: 'waiting' | 'done', work = {}) => ({
  startedAt: DEPLOYMENT.startedAt,
  status,
  summary: '',
  work,
});
const AwaitApproval = step('waiting', { taskToken: 'token', consequences: [] });

async function cancel(steps: JournalEntry['steps']): Promise<void> {
  const entry = { ...entryOf(DEPLOYMENT, {}), steps };
  await journal.put(entry);
  await cancelDeployment(aws.client(SFNClient), journal, entry, 'grace');
}

const wish = async () => (await readLock(journal, DEPLOYMENT.target))?.cancelledBy;

test('a wait for a person is ended by a cancellation, because it looks at nothing', async () => {
  await cancel({ AwaitApproval });
  expect(aws.inputs('SFN SendTaskFailure')).toMatchObject([{ taskToken: 'token', error: 'ApprovalDenied' }]);
  expect(await wish()).toBe('grace');
});

test('one that was approved is asked, and its old token is left alone', async () => {
  await cancel({ AwaitApproval, Migrate: step('waiting') });
  expect(aws.calls).toEqual([]);
  expect(await wish()).toBe('grace');
});

test('an answer that comes first leaves the wish standing', async () => {
  aws.answer({ 'SFN SendTaskFailure': awsError('TaskTimedOut', 'Provided task does not exist anymore') });
  await cancel({ AwaitApproval });
  expect(await wish()).toBe('grace');
});

test('what does not hold the lock any more is not asked', async () => {
  await journal.reset({ ...DEPLOYMENT, id: '9999aaaa' });
  await expect(cancel({ AwaitApproval })).rejects.toMatchObject({ error: 'NotRunning' });
  expect(aws.calls).toEqual([]);
});
