/**
 * One session, in the part of the SSM agent: handshake, then the command's output in numbered messages that are sent
 * again until they are acknowledged (the plugin drops what comes before it is ready), its input, its end.
 */
import type { ExecOptions, Execution } from '../../../runtimes/runtime.ts';
import { decode, encode, type Message, PAYLOAD, TERMINATE } from './message.ts';
import type { WebSocket } from './websocket.ts';

const SEND_AGAIN_MS = 300;
/** How the agent cuts output. */
const CHUNK = 1024;

export interface SessionRequest {
  readonly id: string;
  readonly token: string;
  readonly run: (options: ExecOptions) => Execution;
  readonly now: () => number;
  readonly over: () => void;
}

export class Session {
  readonly request: SessionRequest;
  private socket: WebSocket | undefined;
  private execution: Execution | undefined;
  private sequence = 0;
  private readonly unacknowledged = new Map<number, Buffer>();
  private expected = 0;
  private timer: NodeJS.Timeout | undefined;
  private finished = false;

  constructor(request: SessionRequest) {
    this.request = request;
  }

  /** A client has connected; it still has to show its token. */
  attach(socket: WebSocket): void {
    this.socket = socket;
  }

  /** The client is gone. Its command goes with it, as a terminal's would. */
  detach(): void {
    if (this.finished) return;
    this.execution?.signal('SIGHUP');
    this.end();
  }

  take(data: Buffer): void {
    const message = decode(data);
    // The first thing that a client sends is no such message but a line of JSON with the token.
    if (!message || data[0] === 0x7b) this.greet(data);
    else if (message.type === 'acknowledge') this.acknowledged(message);
    else if (message.type === 'input_stream_data') this.input(message);
  }

  end(): void {
    if (this.finished) return;
    this.finished = true;
    clearInterval(this.timer);
    this.execution?.signal('SIGKILL');
    this.socket?.close();
    this.request.over();
  }

  private greet(data: Buffer): void {
    let token: unknown;
    try {
      token = (JSON.parse(data.toString()) as { TokenValue?: unknown }).TokenValue;
    } catch {
      token = undefined;
    }
    if (token !== this.request.token) {
      this.end();
      return;
    }
    this.timer = setInterval(() => {
      for (const message of this.unacknowledged.values()) this.socket?.send(message);
    }, SEND_AGAIN_MS);
    this.send(PAYLOAD.handshakeRequest, {
      AgentVersion: '3.3.0.0',
      RequestedClientActions: [
        {
          ActionType: 'SessionType',
          ActionParameters: { SessionType: 'InteractiveCommands', Properties: {} },
        },
      ],
    });
  }

  private input(message: Message): void {
    this.acknowledge(message);
    if (message.sequence !== this.expected) return;
    this.expected++;
    switch (message.payloadType) {
      case PAYLOAD.handshakeResponse:
        this.send(PAYLOAD.handshakeComplete, { HandshakeTimeToComplete: 1_000_000, CustomerMessage: '' });
        this.begin();
        break;
      case PAYLOAD.output:
        this.execution?.write(message.payload);
        break;
      case PAYLOAD.flag:
        if (message.payload.length >= 4 && message.payload.readUInt32BE(0) === TERMINATE) this.detach();
        break;
      default:
      // The size of the client's terminal: the command's own stays as it is.
    }
  }

  private begin(): void {
    try {
      this.execution = this.request.run({ output: (data) => this.output(data) });
    } catch (error) {
      this.closeChannel((error as Error).message);
      return;
    }
    void this.execution.done.then(() => this.closeChannel(''));
  }

  private output(data: Uint8Array): void {
    for (let from = 0; from < data.length; from += CHUNK) {
      this.send(PAYLOAD.output, Buffer.from(data.subarray(from, from + CHUNK)));
    }
  }

  /** Says so once everything before has arrived: the client leaves at once. */
  private closeChannel(output: string): void {
    if (this.finished) return;
    if (this.unacknowledged.size > 0) {
      setTimeout(() => this.closeChannel(output), 20);
      return;
    }
    const payload = {
      MessageType: 'channel_closed',
      CreatedDate: new Date(this.request.now()).toISOString(),
      SessionId: this.request.id,
      SchemaVersion: 1,
      Output: output,
    };
    this.transmit('channel_closed', this.sequence, PAYLOAD.none, Buffer.from(JSON.stringify(payload)));
    this.end();
  }

  private send(payloadType: number, payload: object | Buffer): void {
    const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
    const { sequence } = this;
    this.sequence++;
    this.unacknowledged.set(sequence, this.transmit('output_stream_data', sequence, payloadType, bytes));
  }

  private acknowledge({ type, id, sequence }: Message): void {
    const content = {
      AcknowledgedMessageType: type,
      AcknowledgedMessageId: id,
      AcknowledgedMessageSequenceNumber: sequence,
      IsSequentialMessage: true,
    };
    this.transmit('acknowledge', 0, PAYLOAD.none, Buffer.from(JSON.stringify(content)), 3);
  }

  private acknowledged(message: Message): void {
    const { AcknowledgedMessageSequenceNumber: sequence } = JSON.parse(message.payload.toString()) as {
      AcknowledgedMessageSequenceNumber: number;
    };
    this.unacknowledged.delete(sequence);
  }

  private transmit(type: string, sequence: number, payloadType: number, payload: Buffer, flags = 0): Buffer {
    const data = encode({ type, sequence, payloadType, payload }, this.request.now(), flags);
    this.socket?.send(data);
    return data;
  }
}
