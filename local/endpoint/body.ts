/** Reads request bodies: whole with a limit, or as a stream with S3's `aws-chunked` framing taken off. */
import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AwsError } from '../service.ts';

/** Lambda's synchronous payload is at most 6 MiB and DynamoDB's requests 16 MiB; nothing unstreamed is larger. */
export const BODY_LIMIT = 16 * 1024 * 1024;

export async function readWhole(request: IncomingMessage, limit = BODY_LIMIT): Promise<Uint8Array> {
  const source =
    request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : (request as Readable);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      throw new AwsError(
        'RequestEntityTooLargeException',
        `Request must be smaller than ${limit} bytes`,
        {},
        413,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body of an upload, without the framing that SDKs put around it to append a checksum. */
export function readStream(request: IncomingMessage): Readable {
  const encoding = String(request.headers['content-encoding'] ?? '');
  const hash = String(request.headers['x-amz-content-sha256'] ?? '');
  const chunked = encoding.split(',').some((part) => part.trim() === 'aws-chunked');
  if (!chunked && !hash.startsWith('STREAMING-')) return request;
  const unframed = new Unframe();
  request.on('error', (error) => unframed.destroy(error));
  request.on('aborted', () => unframed.destroy(new Error('The client went away.')));
  return request.pipe(unframed);
}

/**
 * Takes off `aws-chunked` framing: `SIZE[;chunk-signature=…]\r\n`, the data, `\r\n`, and so on until a chunk of size 0,
 * then trailers. The trailing checksum is kept in `trailers` (by lower-case name) once the stream has ended.
 */
export class Unframe extends Transform {
  readonly trailers: Record<string, string> = {};
  private rest: Buffer = Buffer.alloc(0);
  private left = 0;
  private state: 'size' | 'data' | 'end-of-data' | 'trailers' = 'size';

  override _transform(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    try {
      while (this.step());
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: (error?: Error) => void): void {
    if (this.state === 'trailers') done();
    else
      done(new AwsError('IncompleteBody', 'You did not provide the number of bytes specified by the frame.'));
  }

  private step(): boolean {
    if (this.state === 'data') {
      const data = this.rest.subarray(0, this.left);
      if (data.length === 0) return false;
      this.push(data);
      this.rest = this.rest.subarray(data.length);
      this.left -= data.length;
      if (this.left === 0) this.state = 'end-of-data';
      return true;
    }
    const end = this.rest.indexOf('\r\n');
    if (end === -1) return false;
    const line = this.rest.subarray(0, end).toString('latin1');
    this.rest = this.rest.subarray(end + 2);
    if (this.state === 'end-of-data') this.state = 'size';
    else if (this.state === 'size') this.startChunk(line);
    else this.keepTrailer(line);
    return true;
  }

  private startChunk(line: string): void {
    const size = /^([0-9a-fA-F]+)(;|$)/.exec(line)?.[1];
    if (size === undefined) throw new AwsError('InvalidRequest', `Not a chunk of aws-chunked: ${line}`);
    this.left = Number.parseInt(size, 16);
    this.state = this.left === 0 ? 'trailers' : 'data';
  }

  private keepTrailer(line: string): void {
    const colon = line.indexOf(':');
    if (colon > 0) this.trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
}
