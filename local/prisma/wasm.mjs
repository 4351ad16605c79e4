// Prisma's schema engine as it is on npm: WebAssembly plus the JavaScript that wasm-bindgen made for it. Its own
// entry file imports the .wasm as a module, which Node 20 does only behind a flag; so it is instantiated by hand.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** Loads the engine; resolves to the module's exports (`SchemaEngine`, `version`). About 60 ms. */
export async function loadEngine() {
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm'));
  const bindings = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href);
  const bytes = await readFile(join(folder, 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}
