/** A small image on disk: what the layers of a Node app would unpack to. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { UnpackedImage } from '../../../local/ports.ts';

export interface TestImage extends UnpackedImage {
  dispose(): void;
}

export function testImage(
  files: Readonly<Record<string, string>>,
  config: UnpackedImage['config'] = {},
): TestImage {
  const root = mkdtempSync(join(tmpdir(), 'lockstep image '));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    if (text.startsWith('#!')) chmodSync(join(root, path), 0o755);
  }
  return {
    digest: `sha256:${'a'.repeat(64)}`,
    root,
    config: { WorkingDir: '/app', ...config },
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A web server that tells about itself: its answer is `NAME pid`. */
export const SERVER = `
const http = require('node:http');
http.createServer((request, response) => {
  if (request.url === '/env') return response.end(JSON.stringify(process.env));
  response.end(process.env.NAME + ' ' + process.pid);
}).listen(Number(process.env.PORT ?? 4000), process.env.LISTEN, function () {
  console.log('listening at', this.address().port);
});
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
`;
