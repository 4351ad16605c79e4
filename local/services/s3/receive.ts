/** Takes a body in: to a file, with its size, its MD5 and the checksums that the client announced. */
import { createHash } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { AwsError } from '../../service.ts';

export interface Received {
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
  readonly checksums: Readonly<Record<string, string>>;
}

/** Members in which a client says what the body's checksum must be. */
export interface Announced {
  readonly Body?: unknown;
  readonly ContentMD5?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

const NAMES = [
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumCRC64NVME',
  'ChecksumSHA1',
  'ChecksumSHA256',
] as const;

export async function receive(input: Announced, file: string): Promise<Received> {
  const body = streamOf(input.Body);
  const md5 = createHash('md5');
  const sha1 = createHash('sha1');
  const sha256 = createHash('sha256');
  let crc = 0;
  let size = 0;
  async function* measured(source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      size += chunk.length;
      md5.update(chunk);
      sha1.update(chunk);
      sha256.update(chunk);
      crc = crc32(chunk, crc);
      yield chunk;
    }
  }
  try {
    await pipeline(body, measured, createWriteStream(file));
    const md5Bytes = md5.digest();
    const actual: Record<string, string> = {
      ChecksumCRC32: bigEndian(crc),
      ChecksumSHA1: sha1.digest('base64'),
      ChecksumSHA256: sha256.digest('base64'),
    };
    if (input.ContentMD5 !== undefined && input.ContentMD5 !== md5Bytes.toString('base64')) {
      throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
    return { size, md5: md5Bytes.toString('hex'), checksums: verified(announcedBy(input, body), actual) };
  } catch (error) {
    rmSync(file, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
      throw new AwsError('ServiceUnavailable', 'The disk of this machine is full.', {}, 503);
    }
    throw error;
  }
}

/** The SDK sends the checksum in a header, or after the body in a trailer. */
function announcedBy(input: Announced, body: Readable): Record<string, string> {
  const { trailers = {} } = body as Readable & { trailers?: Record<string, string> };
  const announced: Record<string, string> = {};
  for (const name of NAMES) {
    const value = input[name] ?? trailers[`x-amz-checksum-${name.slice('Checksum'.length).toLowerCase()}`];
    if (value !== undefined) announced[name] = value;
  }
  return announced;
}

/** What the client announced, held against what arrived; CRC32 where it announced nothing. */
function verified(announced: Record<string, string>, actual: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(announced)) {
    // CRC32C and CRC64NVME are kept for the client as it sent them.
    if (actual[name] !== undefined && actual[name] !== value) {
      const algorithm = name.slice('Checksum'.length);
      throw new AwsError(
        'BadDigest',
        `The ${algorithm} you specified did not match the calculated checksum.`,
      );
    }
  }
  if (Object.keys(announced).length > 0) return announced;
  return { ChecksumCRC32: actual['ChecksumCRC32'] ?? '' };
}

function bigEndian(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}

/** Over HTTP a body is a stream; calls from inside may bring bytes or text. */
function streamOf(body: unknown): Readable {
  if (body instanceof Readable) return body;
  if (body === undefined || body === null) return Readable.from([]);
  if (typeof body === 'string') return Readable.from([Buffer.from(body)]);
  return Readable.from([Buffer.from(body as Uint8Array)]);
}
