/** Makes a record ready to go on where the run failed, was stopped or ran out of time. */
import type { Program } from './machine.ts';
import type { ThreadRecord } from './record.ts';

/**
 * What has ended well is kept; failed and aborted branches and iterations go on, each at its own failed state. The
 * events that come now follow `redriven`. A Fail state is entered again; every other state starts its work again.
 */
export function prepareRedrive(thread: ThreadRecord, program: Program, redriven: number): void {
  const { step } = thread;
  if (thread.status === 'ended' || !step) return;
  const state = program.states.get(step.name);
  thread.status = 'running';
  thread.last = redriven;
  step.tries = [];
  step.retryCount = 0;
  delete step.problem;
  delete step.task;
  delete step.until;
  const unfinished = step.children?.some(({ status }) => status !== 'ended') ?? false;
  if (unfinished && (state?.type === 'Parallel' || state?.type === 'Map')) {
    step.phase = 'children';
    for (const [index, child] of (step.children ?? []).entries()) {
      const inner = state.type === 'Map' ? state.processor : state.branches[index];
      if (inner) prepareRedrive(child, inner, redriven);
    }
    return;
  }
  delete step.children;
  delete step.map;
  if (step.phase !== 'enter') step.phase = state?.type === 'Fail' ? 'enter' : 'begin';
}
