/** Unpacking in a thread of its own: a thousand megabytes must not keep the front door waiting. */
import { Worker } from 'node:worker_threads';

export interface UnpackRequest {
  /** The lowest first. */
  readonly layers: readonly { readonly digest: string; readonly file: string }[];
  /** Each layer is unpacked once into a folder below this one, whatever images share it. */
  readonly layersFolder: string;
  /** Where the layers on top of each other are laid out. Nothing is done where it exists. */
  readonly root: string;
}

export function unpackInWorker(request: UnpackRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: request, execArgv: [] });
    worker.once('message', (failure: string | undefined) =>
      failure ? reject(new Error(failure)) : resolve(),
    );
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread that unpacks ended with ${code}`)));
  });
}
