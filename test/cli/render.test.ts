import { expect, test } from '@jest/globals';
import { type Screen, TextRenderer } from '../../cli/render/text.ts';
import type { DeployEvent, StepEvent, VerdictEvent } from '../../core/events.ts';

function rendered(events: readonly DeployEvent[], over: Partial<Screen> = {}): string {
  const written: string[] = [];
  const renderer = new TextRenderer({
    write: (text) => written.push(text),
    isTerminal: false,
    columns: 80,
    colour: false,
    ...over,
  });
  for (const event of events) renderer.show(event);
  return written.join('');
}

const step = (
  name: StepEvent['step'],
  status: StepEvent['status'],
  seconds: number,
  summary: string,
): StepEvent => ({ type: 'step', step: name, status, seconds, summary });
const running = {
  taskDefinition: 'arn:aws:ecs:r:0:task-definition/backend-production:41',
  revision: 'backend-production:41',
  image: 'i',
  digest: null,
  commit: '9f31c2e',
  committedAt: null,
};
const verdict = (over: Partial<VerdictEvent>): VerdictEvent => ({
  type: 'verdict',
  verdict: 'succeeded',
  deploymentId: '7k2f0000',
  executionArn: 'arn',
  running,
  sentence: 'Succeeded in 5m 07s. backend in production runs a1b2c3d (backend-production:42), healthy.',
  reason: null,
  remedy: null,
  failure: null,
  seconds: 307,
  ...over,
});

test('a good deployment is one line a step, and the last line says what runs', () => {
  expect(
    rendered([
      step('Plan', 'running', 0, ''),
      step('Plan', 'ok', 0.9, 'runs 9f31c2e (:41), healthy'),
      step('Build', 'ok', 130, 'sha256:9c1e04…  (2 migrations new)'),
      step('Snapshot', 'skipped', 0, 'policy "risky"'),
      verdict({}),
    ]),
  ).toBe(
    `  Plan             ok          0.9s   runs 9f31c2e (:41), healthy
  Build            ok        2m 10s   sha256:9c1e04…  (2 migrations new)
  Snapshot         skipped            policy "risky"

Succeeded in 5m 07s. backend in production runs a1b2c3d (backend-production:42), healthy.
`,
  );
});

test('a bad one says why and what to do before the last line', () => {
  const failure = {
    step: 'VerifyHealth' as const,
    error: 'HealthEndpointFailed',
    sentence: 'GET /api/health → 503',
    remedy: 'Look at it.',
    evidence: ['09:21:07 Error: connect ETIMEDOUT'],
  };
  const text = rendered([
    verdict({
      verdict: 'rolled-back',
      sentence: 'Rolled back. backend runs 9f31c2e again, healthy.',
      failure,
      remedy: 'Look at it.',
    }),
  ]);
  expect(text).toBe(`
Why     GET /api/health → 503
        09:21:07 Error: connect ETIMEDOUT
Do      Look at it.
        lockstep explain HealthEndpointFailed
Rolled back. backend runs 9f31c2e again, healthy.
`);
});

test('plain output tells a wait once, not at every changed figure', () => {
  const waits = [1, 2, 3].map((n) => step('VerifyHealth', 'waiting', n, `bake ${n} s of 60 s`));
  expect(rendered(waits).split('\n').filter(Boolean)).toHaveLength(1);
});

test('a terminal redraws the open line instead', () => {
  const waits = [1, 2].map((n) => step('VerifyHealth', 'waiting', n, `bake ${n} s of 60 s`));
  expect(rendered(waits, { isTerminal: true })).toContain('\r\u001b[2K');
  expect(rendered(waits, { isTerminal: true })).not.toContain('\n');
});

test('a line never wraps on a narrow terminal', () => {
  const text = rendered([step('Plan', 'ok', 1, 'x'.repeat(200))], { isTerminal: true, columns: 40 });
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
});

test('colour is only on the verdict word', () => {
  const text = rendered([step('Plan', 'ok', 1, 'fine'), verdict({})], { colour: true });
  expect(text.split('\u001b[')).toHaveLength(3);
  expect(text).toContain('\u001b[32mSucceeded\u001b[0m in 5m 07s.');
});
