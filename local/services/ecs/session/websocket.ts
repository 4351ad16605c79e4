/**
 * The server's side of a WebSocket (RFC 6455), as far as a session needs it: whole messages in and out, pings answered,
 * no extensions. A dependency would be larger than this file, and nothing else here speaks WebSocket.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** A session's messages are small; more than this is no session. */
const LONGEST = 1024 * 1024;

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export interface SocketHandler {
  message(data: Buffer): void;
  closed(): void;
}

export class WebSocket {
  private readonly socket: Duplex;
  private readonly handler: SocketHandler;
  private received: Buffer = Buffer.alloc(0);
  private fragments: Buffer[] = [];
  private open = true;

  /** Takes over the connection of an upgrade request; undefined where it asks for no WebSocket. */
  static accept(request: IncomingMessage, socket: Duplex, handler: SocketHandler): WebSocket | undefined {
    const key = request.headers['sec-websocket-key'];
    if (request.headers.upgrade?.toLowerCase() !== 'websocket' || !key) {
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
      return undefined;
    }
    const accept = createHash('sha1')
      .update(key + GUID)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    return new WebSocket(socket, handler);
  }

  private constructor(socket: Duplex, handler: SocketHandler) {
    this.socket = socket;
    this.handler = handler;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.gone());
  }

  send(data: Buffer): void {
    if (this.open) this.socket.write(frame(BINARY, data));
  }

  close(): void {
    if (!this.open) return;
    this.socket.end(frame(CLOSE, Buffer.from([0x03, 0xe8])));
    this.gone();
  }

  private gone(): void {
    if (!this.open) return;
    this.open = false;
    this.handler.closed();
  }

  private take(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const found = parse(this.received);
      if (found === 'broken') {
        this.socket.destroy();
        return;
      }
      if (!found) return;
      this.received = this.received.subarray(found.length);
      this.handle(found);
    }
  }

  private handle({ opcode, final, payload }: Frame): void {
    if (opcode === PING) this.socket.write(frame(PONG, payload));
    else if (opcode === CLOSE) this.close();
    else if (opcode === TEXT || opcode === BINARY || opcode === 0) {
      this.fragments.push(payload);
      if (!final) return;
      const message = Buffer.concat(this.fragments);
      this.fragments = [];
      this.handler.message(message);
    }
  }
}

interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  readonly payload: Buffer;
  /** Bytes of the frame altogether. */
  readonly length: number;
}

function parse(data: Buffer): Frame | 'broken' | undefined {
  if (data.length < 2) return undefined;
  const [first = 0, second = 0] = data;
  // A client has to mask what it sends.
  if ((second & 0x80) === 0) return 'broken';
  let size = second & 0x7f;
  let at = 2;
  if (size === 126) {
    if (data.length < 4) return undefined;
    size = data.readUInt16BE(2);
    at = 4;
  } else if (size === 127) {
    if (data.length < 10) return undefined;
    size = Number(data.readBigUInt64BE(2));
    at = 10;
  }
  if (size > LONGEST) return 'broken';
  const length = at + 4 + size;
  if (data.length < length) return undefined;
  const mask = data.subarray(at, at + 4);
  const payload = Buffer.from(data.subarray(at + 4, length));
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return { opcode: first & 0x0f, final: (first & 0x80) !== 0, payload, length };
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  let head: Buffer;
  if (length < 126) head = Buffer.from([0x80 | opcode, length]);
  else if (length < 65_536) {
    head = Buffer.from([0x80 | opcode, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.alloc(10);
    head[0] = 0x80 | opcode;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
