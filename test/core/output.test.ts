import { expect, test } from '@jest/globals';
import type { DeployEvent } from '../../core/events.ts';
import { outputSchema } from '../../core/output.ts';

/** A program that reads `--json` by the schema can read whatever happens during a deployment. */
test.each<[DeployEvent]>([
  [{ type: 'note', text: 'installing' }],
  [{ type: 'step', step: 'Build', status: 'waiting', seconds: 3, summary: 'INSTALL' }],
  [{ type: 'traffic', requests: 100, failed: 0, failures: [] }],
  [{ type: 'detached', deploymentId: '7k2f', executionArn: 'arn', why: 'interrupt' }],
  [{ type: 'error', error: 'LockHeld', sentence: 'Another deployment', remedy: 'wait' }],
  [
    {
      type: 'verdict',
      verdict: 'rolled-back',
      deploymentId: '7k2f',
      executionArn: 'arn',
      running: null,
      sentence: 'Rolled back.',
      reason: 'unhealthy',
      remedy: null,
      failure: {
        step: 'VerifyHealth',
        error: 'HealthEndpointFailed',
        sentence: 'It says 503.',
        remedy: '',
        evidence: [],
      },
      seconds: 41,
    },
  ],
])('$type is in the schema of --json', (event) => {
  expect(outputSchema.safeParse(event)).toMatchObject({ success: true, data: event });
});
