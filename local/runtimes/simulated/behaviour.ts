/** What a simulated container does: times in milliseconds since its start. */
import type { Answer, ContainerSpec, TaskSpec } from '../runtime.ts';

export interface Behaviour {
  /** How long the task waits for its place and its network. Counted before the start. */
  readonly provisioning?: number;
  /** From when on it listens and answers; never where it is Infinity. */
  readonly boot?: number;
  /** Ends by itself. */
  readonly exit?: { readonly after: number; readonly code: number; readonly reason?: string };
  /** How long it takes to end after SIGTERM; the stop time-out ends one that takes longer. */
  readonly stopTakes?: number;
  /** What an HTTP request gets once it listens; 200 where it is left out. */
  readonly answer?: (path: string, at: number) => Answer | Promise<Answer>;
  /** Whether the container's health check succeeds; where it is left out, whether `/` is answered with 200. */
  readonly healthy?: (at: number) => boolean;
  readonly log?: readonly { readonly at: number; readonly message: string }[];
  /** The container cannot even begin. */
  readonly cannotStart?: string;
  readonly memoryBytes?: number;
  /** Share of one core that is used all the time. */
  readonly cpu?: number;
}

/** Decides what a container does, from its image's digest, its environment, its command. */
export type Script = (container: ContainerSpec, task: TaskSpec) => Behaviour;

/** By digest (`sha256:…`) or reference of the image. */
export function byImage(table: Readonly<Record<string, Behaviour>>, otherwise: Behaviour = {}): Script {
  return (container) => table[container.unpacked.digest] ?? table[container.image] ?? otherwise;
}

/** By the value of a variable. */
export function byVariable(
  name: string,
  table: Readonly<Record<string, Behaviour>>,
  otherwise: Behaviour = {},
): Script {
  return (container) => table[container.environment[name] ?? ''] ?? otherwise;
}
