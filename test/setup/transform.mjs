// jest's transform: esbuild strips the types. TypeScript 7 has no JavaScript API, so ts-jest cannot work;
// middy exports only ESM, so the output must stay ESM.
import { transformSync } from 'esbuild';

export default {
  process(source, path) {
    const { code, map } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node24',
      sourcefile: path,
      sourcemap: 'both',
    });
    return { code, map };
  },
};
