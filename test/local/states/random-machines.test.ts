/** Random machines: whatever they do, they end, and their histories hang together. */
import type { Json, JsonObject } from '../../../local/states/json.ts';
import { machine, run, TASK } from './play.ts';

/** A small generator of its own, so that a failing machine can be made again from its seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

function randomProgram(pick: (below: number) => number, prefix: string, depth: number): JsonObject {
  const length = 1 + pick(4);
  const states: Record<string, Json> = {};
  for (let at = 0; at < length; at++) {
    const name = `${prefix}${at}`;
    const move = at === length - 1 ? { End: true } : { Next: `${prefix}${at + 1}` };
    states[name] = randomState(pick, name, move, depth);
  }
  return { StartAt: `${prefix}0`, States: states };
}

function randomState(
  pick: (below: number) => number,
  name: string,
  move: JsonObject,
  depth: number,
): JsonObject {
  const retry = pick(2) === 0 ? { Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: pick(3) }] } : {};
  switch (pick(depth > 0 ? 7 : 4)) {
    case 0:
      return { Type: 'Pass', Assign: { [`v${name}`]: '{% $states.input %}' }, ...move };
    case 1:
      return { Type: 'Wait', Seconds: pick(100), ...move };
    case 2:
      // Every twentieth expression fails.
      return {
        Type: 'Pass',
        Output: pick(20) === 0 ? '{% $none %}' : { n: '{% $states.context.State.Name %}' },
        ...move,
      };
    case 3:
      return { Type: 'Task', Resource: TASK, TimeoutSeconds: 20, ...retry, ...move };
    case 4:
    case 5:
      return {
        Type: 'Parallel',
        Branches: Array.from({ length: 1 + pick(3) }, (_branch, index) =>
          randomProgram(pick, `${name}b${index}_`, depth - 1),
        ),
        ...retry,
        ...move,
      };
    default:
      return {
        Type: 'Map',
        Items: Array.from({ length: pick(5) }, (_item, index) => index),
        MaxConcurrency: pick(3),
        ToleratedFailureCount: pick(2),
        ItemProcessor: randomProgram(pick, `${name}i_`, depth - 1),
        ...retry,
        ...move,
      };
  }
}

test.each(Array.from({ length: 150 }, (_machine, seed) => seed))('machine %i', async (seed) => {
  const pick = generator(seed + 1);
  const program = randomProgram(pick, 's', 3);
  const definition = machine(String(program['StartAt']), program['States'] as JsonObject, {
    TimeoutSeconds: 100_000,
  });
  const record = await run(definition, { seed }, async ({ signal }, clock) => {
    await clock.sleep(pick(30) * 1000, signal);
    return pick(6) === 0 ? { error: 'Unlucky' } : { output: pick(10) };
  });
  expect(['SUCCEEDED', 'FAILED']).toContain(record.status);
  const { events } = record;
  for (const [index, event] of events.entries()) {
    expect(event.id).toBe(index + 1);
    expect(event.previousEventId).toBeLessThan(event.id);
    expect(event.timestamp).toBeGreaterThanOrEqual(events[index - 1]?.timestamp ?? 0);
  }
  const count = (type: RegExp) => events.filter((event) => type.test(event.type)).length;
  expect(count(/^Execution(Succeeded|Failed)$/)).toBe(1);
  if (record.status === 'SUCCEEDED' && count(/Failed|TimedOut|Aborted/) === 0) {
    expect(count(/StateEntered$/)).toBe(count(/StateExited$/));
    expect(count(/IterationStarted$/)).toBe(count(/IterationSucceeded$/));
  }
});
