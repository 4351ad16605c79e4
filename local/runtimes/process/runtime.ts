import type { World } from '../../service.ts';
import type { Runtime } from '../runtime.ts';
export function processRuntime(_world: World): Runtime {
  throw new Error('not yet');
}
