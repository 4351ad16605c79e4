/**
 * Sizes that Fargate has: CPU units to memory in MiB.
 * Source: Amazon ECS Developer Guide, "Task CPU and memory" (Linux).
 */
const range = (from: number, to: number, step: number) =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

export const FARGATE_SIZES: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, range(1024, 4096, 1024)],
  [1024, range(2048, 8192, 1024)],
  [2048, range(4096, 16384, 1024)],
  [4096, range(8192, 30720, 1024)],
  [8192, range(16384, 61440, 4096)],
  [16384, range(32768, 122880, 8192)],
]);

/** Says what is wrong with a pair, in a sentence that names sizes which exist; undefined when the pair is right. */
export function fargateProblem(
  cpu: number,
  memory: number,
): { key: 'cpu' | 'memory'; sentence: string } | undefined {
  const memories = FARGATE_SIZES.get(cpu);
  if (!memories) {
    return {
      key: 'cpu',
      sentence: `${cpu} is not a CPU size that Fargate has; use ${list([...FARGATE_SIZES.keys()])}`,
    };
  }
  if (memories.includes(memory)) return undefined;
  return {
    key: 'memory',
    sentence: `${memory} is not a size that Fargate has with cpu ${cpu}; use ${list(memories)}`,
  };
}

function list(values: readonly number[]): string {
  if (values.length > 6)
    return `${values[0]} to ${values.at(-1)} in steps of ${(values[1] ?? 0) - (values[0] ?? 0)}`;
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}
