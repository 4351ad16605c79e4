/** The sizes that Fargate has: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html */

const GB = 1024;

/** CPU units → the memory in MiB that goes with them. */
export const FARGATE_SIZES: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, GB, 2 * GB]],
  [512, steps(1, 4, 1)],
  [1024, steps(2, 8, 1)],
  [2048, steps(4, 16, 1)],
  [4096, steps(8, 30, 1)],
  [8192, steps(16, 60, 4)],
  [16384, steps(32, 120, 8)],
]);

function steps(from: number, to: number, by: number): number[] {
  const sizes = [];
  for (let size = from; size <= to; size += by) sizes.push(size * GB);
  return sizes;
}

/** `512`, `.5 vCPU` and `0.5 vcpu` are the same size. Undefined where the text is no size. */
export function cpuUnits(text: string | undefined): number | undefined {
  const match = /^\s*(\d*\.?\d+)\s*(vcpu)?\s*$/i.exec(text ?? '');
  if (!match) return undefined;
  return match[2] ? Math.round(Number(match[1]) * 1024) : Number(match[1]);
}

/** `1024`, `1GB` and `1 GB` are the same size. */
export function mebibytes(text: string | undefined): number | undefined {
  const match = /^\s*(\d*\.?\d+)\s*(gb)?\s*$/i.exec(text ?? '');
  if (!match) return undefined;
  return match[2] ? Math.round(Number(match[1]) * GB) : Number(match[1]);
}

export function isFargateSize(cpu: number, memory: number): boolean {
  return FARGATE_SIZES.get(cpu)?.includes(memory) ?? false;
}
