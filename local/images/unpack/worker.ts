import { parentPort, workerData } from 'node:worker_threads';
import type { UnpackRequest } from './start.ts';
import { unpackImage } from './unpack.ts';

try {
  await unpackImage(workerData as UnpackRequest);
  parentPort?.postMessage(undefined);
} catch (error) {
  parentPort?.postMessage((error as Error).message);
}
