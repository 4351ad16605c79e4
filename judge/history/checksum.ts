// Prisma stores the SHA-256 of a migration file's bytes, in hex. A checkout with other line ends gives another one.
import { createHash } from 'node:crypto';

const hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

export const checksum = (sql: string | Uint8Array): string => hex(sql);

/** The checksum as it is, and as it would be with LF and with CRLF. */
export function checksums(sql: string | Uint8Array): Set<string> {
  const text = typeof sql === 'string' ? sql : Buffer.from(sql).toString('utf8');
  const lf = text.replaceAll('\r\n', '\n');
  return new Set([hex(sql), hex(lf), hex(lf.replaceAll('\n', '\r\n'))]);
}
