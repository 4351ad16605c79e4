import { createWriteStream, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { unpackInWorker } from '../../../local/images/unpack/start.ts';
import { unpackImage, unpackLayer } from '../../../local/images/unpack/unpack.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-unpack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

type Header = Parameters<ReturnType<typeof pack>['entry']>[0];

async function layer(...entries: [Header, string?][]): Promise<{ digest: string; file: string }> {
  const archive = pack();
  const file = join(folder, `layer-${++count}`);
  const written = pipeline(archive, createGzip(), createWriteStream(file));
  for (const [header, content] of entries) archive.entry(header, content ?? '');
  archive.finalize();
  await written;
  return { digest: `sha256:${String(count).padEnd(64, '0')}`, file };
}

async function unpack(...layers: { digest: string; file: string }[]): Promise<string> {
  const root = join(folder, `root-${++count}`);
  await unpackImage({ layers, layersFolder: join(folder, 'layers'), root });
  return root;
}

test('whiteouts remove, opaque folders hide, hard links and modes stay', async () => {
  const root = await unpack(
    await layer(
      [{ name: 'app/', type: 'directory' }],
      [{ name: 'app/a' }, 'a'],
      [{ name: 'app/start', mode: 0o755 }, '#!'],
      [{ name: 'app/same', type: 'link', linkname: 'app/start' }],
      [{ name: 'old/x' }, 'x'],
      [{ name: 'kept/y' }, 'y'],
    ),
    await layer([{ name: 'app/.wh.a' }], [{ name: 'old/.wh..wh..opq' }], [{ name: 'old/z' }, 'z']),
  );
  expect(() => statSync(join(root, 'app/a'))).toThrow('ENOENT');
  expect(() => statSync(join(root, 'old/x'))).toThrow('ENOENT');
  expect(readFileSync(join(root, 'old/z'), 'utf8')).toBe('z');
  expect(readFileSync(join(root, 'kept/y'), 'utf8')).toBe('y');
  expect(statSync(join(root, 'app/same')).mode & 0o777).toBe(0o755);
});

test('links stay inside the image, or lead to the machine where the image has nothing there', async () => {
  const root = await unpack(
    await layer(
      [{ name: 'data/x' }, 'x'],
      [{ name: 'app/absolute', type: 'symlink', linkname: '/data/x' }],
      [{ name: 'app/climbs', type: 'symlink', linkname: '../../../../data/x' }],
      [{ name: 'app/node', type: 'symlink', linkname: '/usr/bin/env' }],
    ),
  );
  expect(readlinkSync(join(root, 'app/absolute'))).toBe('../data/x');
  expect(readFileSync(join(root, 'app/climbs'), 'utf8')).toBe('x');
  expect(readlinkSync(join(root, 'app/node'))).toBe('/usr/bin/env');
});

test.each<[string, [Header, string?][]]>([
  ['a path that climbs out', [[{ name: '../outside' }, 'x']]],
  [
    'a path through a link',
    [[{ name: 'way', type: 'symlink', linkname: '/tmp' }], [{ name: 'way/file' }, 'x']],
  ],
  ['a hard link to the host', [[{ name: 'x', type: 'link', linkname: '../../etc/passwd' }]]],
])('%s is refused', async (_, entries) => {
  const { file } = await layer(...entries);
  await expect(unpackLayer(file, join(folder, `refused-${++count}`))).rejects.toThrow(
    /outside the image|through the link/,
  );
});

test('an archive that is cut off is an error, and nothing half-unpacked stays', async () => {
  const { file } = await layer([{ name: 'a' }, 'x'.repeat(100_000)]);
  const cut = `${file}.cut`;
  const bytes = readFileSync(file);
  await pipeline([bytes.subarray(0, bytes.length - 20)], createWriteStream(cut));
  const target = join(folder, 'cut');
  await expect(unpackLayer(cut, target)).rejects.toThrow();
  expect(() => statSync(target)).toThrow('ENOENT');
});

test('the thread that unpacks hands on what went wrong', async () => {
  const root = join(folder, 'none');
  const layers = [{ digest: `sha256:${'f'.repeat(64)}`, file: join(folder, 'missing') }];
  await expect(unpackInWorker({ layers, layersFolder: join(folder, 'layers'), root })).rejects.toThrow(
    'ENOENT',
  );
});
