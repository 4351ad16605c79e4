/**
 * The client's side of a session of `aws ecs execute-command`: what the session-manager-plugin does
 * (src/datachannel/streaming.go), down to what it drops before it is ready, over Node's own WebSocket.
 */
import { createHash } from 'node:crypto';
import type { Session } from '@aws-sdk/client-ecs';
import { expect } from '@jest/globals';

export class SessionClient {
  output = '';
  readonly closed = Promise.withResolvers<string>();
  readonly complete = Promise.withResolvers<void>();
  private readonly socket: WebSocket;
  private sequence = 0;
  private expected = 0;
  private dropped = 0;

  constructor({ streamUrl = '', tokenValue = '' }: Session) {
    this.socket = new WebSocket(streamUrl);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onopen = () =>
      this.socket.send(
        JSON.stringify({
          MessageSchemaVersion: '1.0',
          RequestId: 'r',
          TokenValue: tokenValue,
          ClientId: 'c',
        }),
      );
    this.socket.onmessage = ({ data }) => this.take(Buffer.from(data as ArrayBuffer));
    this.socket.onclose = () => this.closed.resolve('the socket');
  }

  type(text: string): void {
    this.send('input_stream_data', 1, Buffer.from(text));
  }

  terminate(): void {
    this.send('input_stream_data', 10, Buffer.from([0, 0, 0, 2]));
  }

  private take(data: Buffer): void {
    const type = data.toString('utf8', 4, 36).trim();
    const sequence = Number(data.readBigInt64BE(48));
    const payload = data.subarray(120);
    expect(data.subarray(80, 112)).toEqual(createHash('sha256').update(payload).digest());
    if (type === 'channel_closed') {
      this.closed.resolve(JSON.parse(payload.toString()).Output);
      this.socket.close();
    }
    if (type !== 'output_stream_data' || sequence !== this.expected) return;
    const kind = data.readUInt32BE(112);
    // The plugin's shell is not ready for the very first output: it drops it, and the agent sends it again.
    if (kind === 1 && this.dropped++ === 0) return;
    this.expected++;
    this.send('acknowledge', 0, Buffer.from(JSON.stringify({ AcknowledgedMessageSequenceNumber: sequence })));
    if (kind === 5) {
      const actions = JSON.parse(payload.toString()).RequestedClientActions;
      expect(actions[0]).toMatchObject({
        ActionType: 'SessionType',
        ActionParameters: { SessionType: 'InteractiveCommands' },
      });
      this.send(
        'input_stream_data',
        6,
        Buffer.from(JSON.stringify({ ClientVersion: '1.2', ProcessedClientActions: [] })),
      );
    }
    if (kind === 7) this.complete.resolve();
    if (kind === 1) this.output += payload.toString();
  }

  private send(type: string, kind: number, payload: Buffer): void {
    const data = Buffer.alloc(120 + payload.length);
    data.writeUInt32BE(116, 0);
    data.fill(' ', 4, 36);
    data.write(type, 4);
    data.writeUInt32BE(1, 36);
    data.writeBigUInt64BE(BigInt(Date.now()), 40);
    data.writeBigInt64BE(BigInt(type === 'acknowledge' ? 0 : this.sequence++), 48);
    createHash('sha256').update(payload).digest().copy(data, 80);
    data.writeUInt32BE(kind, 112);
    data.writeUInt32BE(payload.length, 116);
    payload.copy(data, 120);
    this.socket.send(data);
  }
}
