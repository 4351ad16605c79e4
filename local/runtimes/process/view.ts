/**
 * How a container sees files: the image, which is shared and never written to, with a layer of its own over it.
 * Two kinds do that. `overlay`, where a probe finds that this kernel and user may: a mount namespace in which the image
 * lies over the host's programs, and everything that is written lands in the task's folder. `copy` everywhere else:
 * a copy of the image (a clone, where the file system can) that the container works in.
 */
import type { UnpackedImage } from '../../ports.ts';
import { copyView } from './view-copy.ts';
import { overlayView } from './view-overlay.ts';

export interface View {
  readonly kind: 'overlay' | 'copy';
  /** A file of ours (below one of the places that are lent), as processes of the container have to name it. */
  lent(file: string): string;
  /** An absolute path of the container, as its processes have to name it. */
  path(absolute: string): string;
  /** Whether the container has a file there. */
  has(absolute: string): boolean;
  /** What to run on this machine for a command to run in the container. */
  wrap(argv: readonly string[], workingDirectory: string): { file: string; args: string[] };
  /** Nothing of the container runs any more. */
  close(): Promise<void>;
}

export interface ViewRequest {
  readonly image: UnpackedImage;
  /** An empty folder for what the container writes. */
  readonly place: string;
  /** Folders of ours that the container may see, by a name; `writable` where it may write there too. */
  readonly lent: readonly { readonly name: string; readonly folder: string; readonly writable: boolean }[];
  /** Environment of helpers, so that they are found when everything has to be ended. */
  readonly mark: Readonly<Record<string, string>>;
}

export function openView(kind: View['kind'], request: ViewRequest): Promise<View> {
  return kind === 'overlay' ? overlayView(request) : copyView(request);
}
