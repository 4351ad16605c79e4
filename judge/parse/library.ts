// PostgreSQL's own parser, loaded when it is first needed: its module takes 15 ms and its WASM 50, and a function that finds
// nothing pending needs neither.
import { compileOnce } from '../wasm.ts';

type Library = typeof import('libpg-query');

let library: Library | undefined;
let loading: Promise<void> | undefined;

/** Once for the process; whoever comes meanwhile waits for the same. */
export function loadLibrary(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  compileOnce();
  const loaded = await import('libpg-query');
  await loaded.loadModule();
  library = loaded;
}

/** Synchronous, for all that parses; throws where nobody has loaded it. */
export function parser(): Library {
  if (!library) throw new Error('The parser is not loaded: call loadParser() first.');
  return library;
}
