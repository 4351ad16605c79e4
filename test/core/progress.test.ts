import { expect, test } from '@jest/globals';
import { type HistoryEvent, Progress } from '../../core/progress.ts';

let id = 0;
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 24, 9, 0, seconds));
const entered = (name: string, seconds: number): HistoryEvent => ({
  id: ++id,
  type: 'TaskStateEntered',
  timestamp: at(seconds),
  stateEnteredEventDetails: { name },
});
const exited = (name: string, seconds: number, output: unknown): HistoryEvent => ({
  id: ++id,
  type: 'TaskStateExited',
  timestamp: at(seconds),
  stateExitedEventDetails: { name, output: JSON.stringify(output) },
});
const failed = (seconds: number, error: string, cause: string): HistoryEvent => ({
  id: ++id,
  type: 'TaskFailed',
  timestamp: at(seconds),
  taskFailedEventDetails: { error, cause },
});

const lines = (events: HistoryEvent[]) =>
  new Progress()
    .take(events)
    .map((step) => `${step.step} ${step.status} ${step.seconds} ${step.summary}`.trim());

test('a step is one line, with the time from its start to its end', () => {
  expect(lines([entered('Plan', 0), exited('Plan', 2, { status: 'done', summary: 'runs 9f31c2e' })])).toEqual(
    ['Plan running 0', 'Plan ok 2 runs 9f31c2e'],
  );
});

test('polls are folded into their step, and a wait is told when its reason changes', () => {
  const build = (seconds: number, status: string, summary: string) => [
    entered('Build', seconds),
    exited('Build', seconds, { status, summary }),
  ];
  const events = [
    ...build(0, 'waiting', 'INSTALL'),
    ...build(5, 'waiting', 'INSTALL'),
    ...build(10, 'waiting', 'BUILD'),
    ...build(15, 'done', 'sha256:9c1e'),
  ];
  expect(lines(events)).toEqual([
    'Build running 0',
    'Build waiting 0 INSTALL',
    'Build waiting 10 BUILD',
    'Build ok 15 sha256:9c1e',
  ]);
});

test('states that are no step have no line', () => {
  expect(lines([entered('BuildNeeded', 0), entered('WaitForBuild', 1)])).toEqual([]);
});

test('a thrown error is the step’s line, in the words of its message', () => {
  const cause = JSON.stringify({
    errorType: 'StaleCommit',
    errorMessage: 'The running release is of a newer commit.',
  });
  expect(lines([entered('Plan', 0), failed(1, 'StaleCommit', cause), exited('Plan', 1, {})])).toEqual([
    'Plan running 0',
    'Plan failed 1 The running release is of a newer commit.',
  ]);
});

test('an error that a retry mends leaves no trace in the line', () => {
  expect(
    lines([
      entered('Plan', 0),
      failed(1, 'Throttled', ''),
      entered('Plan', 2),
      exited('Plan', 3, { status: 'done', summary: 'fine' }),
    ]),
  ).toEqual(['Plan running 0', 'Plan ok 3 fine']);
});

test('the health check of the way back belongs to the rollback', () => {
  const events = [
    entered('VerifyHealth', 0),
    exited('VerifyHealth', 40, { status: 'failed', summary: 'GET /api/health → 503' }),
    entered('Rollback', 41),
    exited('Rollback', 42, { status: 'done', summary: 'to backend-local:1' }),
    entered('VerifyHealth', 43),
    exited('VerifyHealth', 60, { status: 'healthy', summary: '2 of 2 healthy' }),
  ];
  expect(lines(events)).toEqual([
    'VerifyHealth running 0',
    'VerifyHealth failed 40 GET /api/health → 503',
    'Rollback running 0',
    'Rollback waiting 1 to backend-local:1',
    'Rollback ok 19 2 of 2 healthy',
  ]);
});

test('what waits for a person says so as soon as one can answer, and then who said yes', () => {
  expect(
    lines([
      entered('AwaitApproval', 0),
      { id: ++id, type: 'TaskSubmitted', timestamp: at(1) },
      exited('AwaitApproval', 90, { approvedBy: 'ada', reason: 'read', accepted: [] } as never),
      entered('CheckApproval', 90),
      exited('CheckApproval', 91, { status: 'done', summary: 'approved by ada: “read”' } as never),
    ]),
  ).toEqual([
    'AwaitApproval running 0',
    'AwaitApproval waiting 1 waits for a person',
    'AwaitApproval ok 91 approved by ada: “read”',
  ]);
});

test('pages of the history may overlap', () => {
  const progress = new Progress();
  const events = [entered('Plan', 0), exited('Plan', 1, { status: 'done', summary: 'a' })];
  expect(progress.take(events)).toHaveLength(2);
  expect(progress.take(events)).toHaveLength(0);
});

test('the open step can be redrawn with its time so far', () => {
  const progress = new Progress();
  progress.take([entered('Build', 0)]);
  expect(progress.current(at(7).getTime())).toEqual({
    type: 'step',
    step: 'Build',
    status: 'running',
    seconds: 7,
    summary: '',
  });
});
