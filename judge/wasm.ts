// How V8 treats the judge's two WebAssembly modules, PostgreSQL's parser and PGlite. To be called before either is loaded.
import { setFlagsFromString } from 'node:v8';

/**
 * Compiled once, and quickly. Almost all of their code runs a few times and never again: to compile it a second time, optimised,
 * is two thirds of the processor time of judging two hundred files, half of that of a rehearsal (and 400 MiB for a
 * while), and makes not even a history of a thousand files quicker.
 *
 * And kept. V8 13 frees machine code of WebAssembly while it replaces wrappers, and then now and then finds its own books wrong
 * ("Check failed: jit_page_->allocations_.erase(addr) == 1", nodejs/node#64500), which ends the process and not one thread.
 *
 * The flags are the whole process's. What else uses WebAssembly in it (Node's `fetch` reads HTTP with some) runs a little slower.
 */
export function compileOnce(): void {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
  setFlagsFromString('--no-wasm-code-gc');
}
