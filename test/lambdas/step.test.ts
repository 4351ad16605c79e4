/** The chain that every function goes through. */
import { z } from 'zod';
import { currentDeadline } from '../../aws/deadline.ts';
import { LockstepError } from '../../core/errors.ts';
import { entryOf } from '../../core/journal.ts';
import { deploymentSchema } from '../../core/request.ts';
import { chain, type StepDeps, step } from '../../lambdas/step.ts';
import { context, DEPLOYMENT, quietly, written } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());
beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
});

type Result = { status: 'done' | 'waiting'; summary: string };
type Run = (deps: StepDeps<object>) => Promise<{ result: Result; work?: Record<string, unknown> }>;

const made = (run: Run, more: object = {}) =>
  step({
    name: 'Build',
    input: z.strictObject({ deployment: deploymentSchema }),
    output: z.strictObject({ status: z.enum(['done', 'waiting']), summary: z.string() }),
    clients: { journal },
    run: (_, deps) => run(deps),
    ...more,
  });
const call = (run: Run, more: object = {}, event: unknown = { deployment: DEPLOYMENT }) =>
  quietly(() => made(run, more)(event, context()));
const done: Run = async () => ({ result: { status: 'done', summary: 'pushed' } });
const record = async () => (await journal.entry(DEPLOYMENT))?.steps.Build;

test('a step leaves its record, with the line that people read', async () => {
  await call(done);
  expect(await record()).toMatchObject({ status: 'done', summary: 'pushed', endedAt: expect.any(String) });
});

test('what one call has started, the next one finds', async () => {
  await call(async () => ({ result: { status: 'waiting', summary: 'INSTALL' }, work: { buildId: 'b:1' } }));
  const first = await record();
  await call(async ({ work }) => ({ result: { status: 'done', summary: String(work['buildId']) } }));
  expect(await record()).toMatchObject({
    status: 'done',
    summary: 'b:1',
    startedAt: first?.startedAt,
    work: { buildId: 'b:1' },
  });
});

test('what is kept in the middle of a call survives its failure', async () => {
  const failing = call(async ({ keep }) => {
    await keep({ task: 'arn' }, 'started');
    throw new LockstepError('BuildFault', { detail: 'disk' }, ['line']);
  });
  await expect(failing).rejects.toMatchObject({ name: 'BuildFault' });
  expect(await record()).toMatchObject({
    status: 'failed',
    work: { task: 'arn' },
    failure: {
      step: 'Build',
      error: 'BuildFault',
      sentence: 'CodeBuild itself failed: disk',
      evidence: ['line'],
    },
  });
});

test('a known error leaves under its name, with sentence and remedy in its message and no stack', async () => {
  const error = await call(async () => {
    throw new LockstepError('TypeError', { place: 'src/a.ts:1:2', message: 'TS2322: no' });
  }).catch((caught: Error) => caught as Error);
  expect(error).toMatchObject({ name: 'TypeError' });
  expect((error as Error).message).toBe(
    'src/a.ts:1:2: TS2322: no\nMend the type error; `npx tsc --noEmit` shows it on your machine.',
  );
  expect((error as Error).stack).not.toContain('    at ');
});

test('an error that nobody foresaw is Internal and says where', async () => {
  const error = call(async () => {
    throw new RangeError('out of bounds');
  });
  await expect(error).rejects.toMatchObject({
    name: 'Internal',
    message: expect.stringContaining('Lockstep itself failed in Build: RangeError: out of bounds'),
  });
});

test('input that has another shape is refused with its path', async () => {
  const wrong = call(done, {}, { deployment: DEPLOYMENT, plan: 1 });
  await expect(wrong).rejects.toMatchObject({
    name: 'Internal',
    message: expect.stringContaining('plan unknown key'),
  });
});

test('output that has another shape never leaves', async () => {
  const wrong = call(async () => ({ result: { status: 'odd', summary: '' } as unknown as Result }));
  await expect(wrong).rejects.toMatchObject({
    name: 'Internal',
    message: expect.stringContaining('the output is wrong: status'),
  });
});

test('the lease is renewed', async () => {
  await journal.reset(DEPLOYMENT, { expiresAt: 1 });
  await journal.put(entryOf(DEPLOYMENT, {}));
  let expiresAt = 0;
  await call(async (deps) => {
    const { readLock } = await import('../../aws/journal.ts');
    expiresAt = (await readLock(deps.journal, DEPLOYMENT.target))?.expiresAt ?? 0;
    return done(deps);
  });
  expect(expiresAt).toBeGreaterThan(Date.now() / 1000 + 800);
});

test('without its lock a step changes nothing, not even the journal', async () => {
  await journal.reset({ ...DEPLOYMENT, owner: 'somebody else' });
  await journal.put(entryOf(DEPLOYMENT, {}));
  let ran = false;
  const lost = call(async (deps) => {
    ran = true;
    return done(deps);
  });
  await expect(lost).rejects.toMatchObject({ name: 'LockLost' });
  expect(ran).toBe(false);
  expect(await record()).toBeUndefined();
});

test('a wish to cancel ends a step before it runs, and names who asked', async () => {
  await journal.reset(DEPLOYMENT, { cancelledBy: 'grace' });
  await journal.put(entryOf(DEPLOYMENT, {}));
  await expect(call(done)).rejects.toMatchObject({
    name: 'Cancelled',
    message: expect.stringContaining('grace asked'),
  });
  await expect(call(done, { cancel: 'itself' })).resolves.toMatchObject({ status: 'done' });
});

test('some seconds before Lambda would end it a step gives up, retryably, and so do its calls', async () => {
  let signal: AbortSignal | undefined;
  // Without a journal: the work begins in the turn in which the clock is set, however busy the machine is.
  const slow = chain({
    name: 'Build',
    input: z.looseObject({}),
    output: z.unknown(),
    clients: {},
    run: async () => {
      signal = currentDeadline();
      return new Promise(() => {});
    },
  });
  const ended = quietly(() => slow({ deployment: DEPLOYMENT }, context(4_050)));
  await expect(ended).rejects.toMatchObject({
    name: 'AwsUnavailable',
    message: expect.stringContaining('Build was not done'),
  });
  expect(signal?.aborted).toBe(true);
});

test('metrics and logs are lines of JSON that name the step, the deployment and the error', async () => {
  await call(async () => {
    throw new LockstepError('BuildFault', { detail: 'disk' });
  }).catch(() => {});
  const metric = written.find((line) => '_aws' in line);
  expect(metric).toMatchObject({ Step: 'Build', StepErrors: 1, StepDuration: expect.any(Number) });
  expect(written.find((line) => line['error'])).toMatchObject({
    level: 'error',
    error: 'BuildFault',
    step: 'Build',
    deploymentId: DEPLOYMENT.id,
    target: 'backend/production',
    requestId: 'req-1',
  });
});
