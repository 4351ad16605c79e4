import { expect, test } from '@jest/globals';
import { approvalLine, approvalMessage, approverIn } from '../../core/approval.ts';

const deployment = {
  id: '0123abcd',
  target: 'backend/production',
  service: 'backend',
  environment: 'production',
  startedAt: '2026-11-24T09:15:02.000Z',
  executionArn: 'arn',
  owner: 'arn',
};
const migration = {
  pending: ['20261124_cleanup'],
  consequences: ['downtime' as const, 'no-rollback' as const],
  findings: 2,
};

test('the message has the command that says yes, with every consequence to accept', () => {
  const message = approvalMessage(
    deployment,
    { commit: 'a1b2c3d4e5', subject: 'Clean up' },
    migration,
    '2026-11-24T13:15:02.000Z',
  );
  expect(message.subject).toBe('backend/production: a1b2c3d waits for approval');
  expect(message.text).toContain(
    'lockstep approve 0123abcd --environment production --reason "…" --accept downtime,no-rollback',
  );
  expect(message.text).toContain('Without an answer until 2026-11-24T13:15:02.000Z it counts as refused');
});

test('a migration without consequences asks to accept none', () => {
  const message = approvalMessage(
    deployment,
    { commit: null, subject: 'Clean up' },
    { ...migration, consequences: [] },
    't',
  );
  expect(message.text).not.toContain('--accept');
});

test.each([
  ['ada', []],
  ['ada', ['data-loss', 'no-rollback']],
  ['arn:aws:iam::123456789012:user/ada', ['downtime']],
])('that %s approved is read back from its line', (approvedBy, accepted) => {
  expect(approverIn(approvalLine({ approvedBy, accepted, reason: 'seen: “all” of it' }))).toBe(approvedBy);
});
