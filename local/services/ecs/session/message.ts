/**
 * The messages of a session's data channel, as the session-manager-plugin and the SSM agent exchange them
 * (github.com/aws/session-manager-plugin, src/message): a header of 116 bytes, the length of the payload, the payload.
 */
import { createHash, randomUUID } from 'node:crypto';

export type MessageType = 'input_stream_data' | 'output_stream_data' | 'acknowledge' | 'channel_closed';

export const PAYLOAD = {
  none: 0,
  output: 1,
  size: 3,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  flag: 10,
} as const;

/** The flag with which a client ends its session. */
export const TERMINATE = 2;

export interface Message {
  readonly type: string;
  readonly sequence: number;
  readonly id: string;
  readonly payloadType: number;
  readonly payload: Buffer;
}

const AT = {
  type: 4,
  version: 36,
  created: 40,
  sequence: 48,
  flags: 56,
  id: 64,
  digest: 80,
  payloadType: 112,
  length: 116,
};
const HEADER = AT.length;
const TYPE_LENGTH = 32;

export function encode(message: Omit<Message, 'id'>, created: number, flags = 0): Buffer {
  const data = Buffer.alloc(HEADER + 4 + message.payload.length);
  data.writeUInt32BE(HEADER, 0);
  data.fill(' ', AT.type, AT.type + TYPE_LENGTH);
  data.write(message.type, AT.type);
  data.writeUInt32BE(1, AT.version);
  data.writeBigUInt64BE(BigInt(created), AT.created);
  data.writeBigInt64BE(BigInt(message.sequence), AT.sequence);
  data.writeBigUInt64BE(BigInt(flags), AT.flags);
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
  // Its lower half comes first.
  id.copy(data, AT.id, 8, 16);
  id.copy(data, AT.id + 8, 0, 8);
  createHash('sha256').update(message.payload).digest().copy(data, AT.digest);
  data.writeUInt32BE(message.payloadType, AT.payloadType);
  data.writeUInt32BE(message.payload.length, AT.length);
  message.payload.copy(data, HEADER + 4);
  return data;
}

/** Undefined for what is no such message. */
export function decode(data: Buffer): Message | undefined {
  if (data.length < HEADER + 4) return undefined;
  const header = data.readUInt32BE(0);
  if (data.length < header + 4) return undefined;
  const id = Buffer.concat([data.subarray(AT.id + 8, AT.id + 16), data.subarray(AT.id, AT.id + 8)]).toString(
    'hex',
  );
  return {
    // Padded with blanks by some, with zeros by others.
    type: data
      .toString('utf8', AT.type, AT.type + TYPE_LENGTH)
      .replaceAll('\0', ' ')
      .trim(),
    sequence: Number(data.readBigInt64BE(AT.sequence)),
    id: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    payloadType: data.readUInt32BE(AT.payloadType),
    payload: data.subarray(header + 4, header + 4 + data.readUInt32BE(header)),
  };
}
