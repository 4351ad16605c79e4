/** How a RUN line is run: the one seam between the builder and the two kinds of sandbox. */

import type { Layer } from '../cache.ts';
import type { Index, Tree } from '../tree.ts';
import { OverlaySandbox, overlayWorks } from './overlay.ts';
import { PlainSandbox } from './plain.ts';
import type { Tools } from './tools.ts';

export interface RunMount {
  readonly kind: 'folder' | 'empty';
  /** Absolute, in the image. */
  readonly target: string;
  /** A file or folder of this machine, for `folder`. */
  readonly source?: string;
  readonly writable: boolean;
}

export interface RunRequest {
  /** The stage so far, the lowest layer first. */
  readonly layers: readonly Layer[];
  readonly tree: Tree;
  /** The whole command: `['/bin/sh', '-c', 'npm ci']`. */
  readonly command: readonly string[];
  readonly workdir: string;
  /** What the Dockerfile's ENV and ARG lines say; the sandbox adds what it lends. */
  readonly variables: Readonly<Record<string, string>>;
  readonly mounts: readonly RunMount[];
  /** Text to be given on standard input. */
  readonly input?: string;
  readonly onOutput: (text: string) => void;
  /** An empty folder to work in, on the cache's file system. */
  readonly scratch: string;
}

export interface RunResult {
  /** 0 is success. A signal counts as 128 + its number. */
  readonly exitCode: number;
  /** What the line changed: the folder of the files, and its index. */
  readonly files: string;
  readonly index: Index;
}

export interface Sandbox {
  /** Part of every step's key: what one kind of sandbox made is of no use to the other. */
  readonly kind: 'overlay' | 'plain';
  run(request: RunRequest): Promise<RunResult>;
}

/** Namespaces where a probe finds that they work; else stand-ins and rewritten paths alone. */
export async function chooseSandbox(tools: Tools, home: string): Promise<Sandbox> {
  return (await overlayWorks(home)) ? new OverlaySandbox(tools) : new PlainSandbox(tools);
}
