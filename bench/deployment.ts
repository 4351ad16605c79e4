/**
 * A whole deployment of the example on the embedded AWS, as `npm start -- --exit --json` runs it: how long to the
 * verdict, and how much of that is Lockstep's own doing rather than the build's, the migration's or the app's.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DeployEvent, StepEvent } from '../core/events.ts';
import type { Row } from './row.ts';

/** Steps whose time belongs to what they wait for. */
const WAITED_FOR: readonly StepEvent['step'][] = ['Build', 'Migrate', 'VerifyHealth', 'Rollback', 'Snapshot'];
const OVERHEAD_GOAL = 0.15;

export async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const began = Date.now();
    const events = await deployOnce(folder);
    const wall = (Date.now() - began) / 1000;
    const verdict = events.findLast((event) => event.type === 'verdict');
    if (verdict?.type !== 'verdict' || verdict.verdict !== 'succeeded')
      throw new Error(`the deployment ended as ${JSON.stringify(events.at(-1))}`);
    const steps = events.filter(
      (event): event is StepEvent =>
        event.type === 'step' && event.status !== 'running' && event.status !== 'waiting',
    );
    const waited = steps
      .filter(({ step }) => WAITED_FOR.includes(step))
      .reduce((sum, { seconds }) => sum + seconds, 0);
    const overhead = (verdict.seconds - waited) / verdict.seconds;
    const parts = steps.map(({ step, seconds }) => `${step} ${seconds.toFixed(1)} s`).join(', ');
    return [
      {
        what: 'orchestration overhead of a deployment',
        value: overhead,
        unit: 'of the time to the verdict',
        against: `${verdict.seconds.toFixed(1)} s: ${parts}`,
        goal: `<= ${OVERHEAD_GOAL}`,
        reached: overhead <= OVERHEAD_GOAL,
      },
      {
        what: 'npm start to verdict, empty account',
        value: wall,
        unit: 's',
        against: `${(wall - verdict.seconds).toFixed(1)} s of it to start the embedded AWS`,
        goal: 'printed',
        reached: true,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function deployOnce(folder: string): Promise<DeployEvent[]> {
  const main = join(import.meta.dirname, '../cli/main.ts');
  const child = spawn(process.execPath, [main, 'start', '--exit', '--json', '--folder', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: DeployEvent[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as DeployEvent));
  await new Promise((resolve) => child.once('close', resolve));
  return events;
}
