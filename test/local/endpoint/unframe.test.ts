import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Unframe } from '../../../local/endpoint/body.ts';

const framed =
  '5;chunk-signature=abc\r\nhello\r\n7\r\n, world\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n';

/** The same bytes in pieces of every size: a frame may be cut anywhere. */
test.each([1, 2, 3, 7, 1000])('the framing of aws-chunked comes off in pieces of %d', async (size) => {
  const bytes = Buffer.from(framed);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  const stream = Readable.from(pieces).pipe(new Unframe());
  expect((await buffer(stream)).toString()).toBe('hello, world');
  expect(stream.trailers).toEqual({ 'x-amz-checksum-crc32': 'AAAAAA==' });
});

test('a body that ends in the middle of a frame is incomplete', async () => {
  const stream = Readable.from([Buffer.from('5\r\nhel')]).pipe(new Unframe());
  await expect(buffer(stream)).rejects.toMatchObject({ code: 'IncompleteBody' });
});

test('what is no frame is refused', async () => {
  const stream = Readable.from([Buffer.from('hello\r\n')]).pipe(new Unframe());
  await expect(buffer(stream)).rejects.toMatchObject({ code: 'InvalidRequest' });
});
