/**
 * The whole of the embedded AWS is killed in the middle of a deployment, and so is every task. It starts many processes at
 * once when it is back, which is for a machine that has nothing else to do.
 */
import { expect, test } from '@jest/globals';
import {
  boot,
  deployUntil,
  example,
  inItsOwnWorld,
  MINUTES,
  running,
  settled,
  verifying,
} from './recovering.ts';

inItsOwnWorld();

test(
  'the whole of AWS is killed while a release is verified: it goes on where it was',
  async () => {
    await example.release('slow-boot');
    const { deploymentId } = await deployUntil(verifying, () => {
      process.kill(running().pid, 'SIGKILL');
    });
    await boot();
    const entry = await settled(deploymentId);
    expect(entry.outcome).toMatchObject({ verdict: 'succeeded' });
  },
  4 * MINUTES,
);
