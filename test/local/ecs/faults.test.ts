import { expect, test } from '@jest/globals';
import type { Behaviour } from '../../../local/runtimes/simulated/runtime.ts';
import { simulatedCluster } from './cluster.ts';

/** Every combination of what a release can do wrong, each a whole deployment: no request is ever lost to it. */
const BOOT = [0, 3000, 30_000, Number.POSITIVE_INFINITY];
const END: (Behaviour['exit'] | undefined)[] = [
  undefined,
  { after: 200, code: 1 },
  { after: 5000, code: 1 },
  { after: 40_000, code: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
];
const STOP = [50, 600_000];
const ANSWER: (Behaviour['answer'] | undefined)[] = [
  undefined,
  () => ({ status: 503 }),
  (_, at) => ({ status: at < 15_000 ? 500 : 200 }),
  (_, at) => (at < 20_000 ? { status: 200 } : 'timeout'),
];
const SIZES = [
  { desiredCount: 1, deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 } },
  { desiredCount: 3, deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 150 } },
];

const faults: Behaviour[] = BOOT.flatMap((boot) =>
  END.flatMap((exit) =>
    ANSWER.flatMap((answer) =>
      STOP.map((stopTakes) => ({
        boot,
        stopTakes,
        ...(exit ? { exit } : {}),
        ...(answer ? { answer } : {}),
      })),
    ),
  ),
);

/** It never answers well, whatever time passes: it must never be taken for good. */
function isHopeless({ boot = 0, exit, answer }: Behaviour): boolean {
  return (
    boot === Number.POSITIVE_INFINITY || answer === ANSWER[1] || (exit !== undefined && exit.after <= boot)
  );
}

function isFlawless({ boot = 0, exit, answer }: Behaviour): boolean {
  return boot < Number.POSITIVE_INFINITY && !exit && !answer;
}

test.each(SIZES)(
  '%j',
  async (size) => {
    const wrong: unknown[] = [];
    for (const fault of faults) {
      const cluster = await simulatedCluster(({ image }) =>
        image.endsWith(':bad') ? fault : { boot: 1000 },
      );
      const { clock, ports } = cluster.world;
      const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };
      const good = await cluster.revision(cluster.image('good'));
      await cluster.createService(good, {
        ...size,
        // Longer than the slowest boot and the five checks after it: a slow release is no broken one.
        healthCheckGracePeriodSeconds: 60,
        deploymentConfiguration: { ...size.deploymentConfiguration, ...breaker },
      });
      await clock.sleep(60_000);
      const bad = await cluster.revision(cluster.image('bad'));
      await cluster.update({ taskDefinition: bad });
      let status: string | undefined;
      const answers = new Set<string>();
      for (let second = 0; second < 600; second++) {
        await clock.sleep(1000);
        answers.add(JSON.stringify(await ports.targets.ask(cluster.targetGroup, '/')));
        status = (await cluster.deployment()).status;
        if (status === 'SUCCESSFUL' || status === 'ROLLBACK_SUCCESSFUL') break;
      }
      const { taskDefinition, desiredCount } = await cluster.service();
      const isWell = [...answers].every((answer) => answer === '{"status":200}');
      const is = { fault, size, status, answers: [...answers] };
      if (answers.has('"none"')) wrong.push({ ...is, wrong: 'nobody served' });
      if (desiredCount !== size.desiredCount) wrong.push({ ...is, wrong: 'the count moved' });
      if (status === 'ROLLBACK_SUCCESSFUL' && taskDefinition !== good)
        wrong.push({ ...is, wrong: 'not back' });
      if (isHopeless(fault) && (status === 'SUCCESSFUL' || !isWell))
        wrong.push({ ...is, wrong: 'taken for good' });
      if (isFlawless(fault) && (status !== 'SUCCESSFUL' || !isWell))
        wrong.push({ ...is, wrong: 'not released' });
      await cluster.close();
    }
    expect(wrong).toEqual([]);
  },
  60_000,
);
