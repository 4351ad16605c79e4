/** The groups and streams of one account, their events on disk, and whoever wants to see events as they arrive. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { LogLine } from '../../ports.ts';
import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';
import { type Files, inMemory, onDisk } from './files.ts';
import { expiry, type Group, groupArn } from './model.ts';
import { type Segment, Segments, type StoredEvent } from './segments.ts';

interface StreamRecord {
  readonly name: string;
  readonly creationTime: number;
  readonly closed: readonly Segment[];
}

export interface Stream {
  readonly name: string;
  readonly creationTime: number;
  /** Sorts the events of several streams that have the same millisecond, and makes their ids differ. */
  readonly order: bigint;
  readonly segments: Segments;
}

export interface Arrival {
  readonly group: Group;
  readonly stream: Stream;
  readonly events: readonly StoredEvent[];
}

/** An event with the 26 bytes that CloudWatch adds to it must fit into 256 KiB. */
export const EVENT_OVERHEAD_BYTES = 26;
export const MOST_EVENT_BYTES = 262_144;

export class Groups {
  /** Told of every batch after it has been stored. */
  readonly listeners = new Set<(arrival: Arrival) => void>();
  private readonly world: World;
  private readonly files: Files;
  private readonly groups: Collection<Group>;
  private readonly records: Collection<StreamRecord>;
  private readonly streams = new Map<string, Map<string, Stream>>();

  constructor(world: World) {
    this.world = world;
    this.files = world.volatile ? inMemory() : onDisk;
    const store = world.store('logs');
    this.groups = store.collection<Group>('groups');
    this.records = store.collection<StreamRecord>('streams');
    for (const group of this.groups.values()) this.streams.set(group.id, new Map());
    for (const [key, record] of this.records.entries()) {
      const id = key.slice(0, key.indexOf('/'));
      this.streams.get(id)?.set(record.name, this.open(id, record));
    }
  }

  find(name: string): Group | undefined {
    return this.groups.get(name);
  }

  get(name: string): Group {
    const group = this.groups.get(name);
    if (!group) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    return group;
  }

  /** By name. */
  all(): Group[] {
    return this.groups.values().sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  create(name: string, tags: Record<string, string> = {}): Group {
    if (this.groups.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    const group: Group = {
      id: randomBytes(8).toString('hex'),
      name,
      creationTime: this.world.clock.now(),
      tags: { ...tags },
      filters: [],
    };
    this.streams.set(group.id, new Map());
    this.save(group);
    return group;
  }

  /** Keeps a changed group. */
  save(group: Group): void {
    this.groups.set(group.name, group);
  }

  delete(name: string): void {
    const group = this.get(name);
    for (const stream of this.streamsOf(group)) this.deleteStream(group, stream.name);
    this.streams.delete(group.id);
    this.groups.delete(name);
  }

  /** By name. */
  streamsOf(group: Group): Stream[] {
    return [...(this.streams.get(group.id)?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  stream(group: Group, name: string): Stream {
    const stream = this.streams.get(group.id)?.get(name);
    if (!stream) throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
    return stream;
  }

  createStream(group: Group, name: string): Stream {
    if (this.streams.get(group.id)?.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
    }
    const record: StreamRecord = { name, creationTime: this.world.clock.now(), closed: [] };
    this.records.set(`${group.id}/${name}`, record);
    const stream = this.open(group.id, record);
    this.streams.get(group.id)?.set(name, stream);
    return stream;
  }

  deleteStream(group: Group, name: string): void {
    this.stream(group, name).segments.remove();
    this.streams.get(group.id)?.delete(name);
    this.records.delete(`${group.id}/${name}`);
  }

  /** Stores lines that have already been checked, and tells the listeners. */
  append(group: Group, stream: Stream, lines: readonly LogLine[]): void {
    if (lines.length === 0) return;
    const ingestionTime = this.world.clock.now();
    const events = stream.segments.append(lines.map((line) => ({ ...line, ingestionTime })));
    stream.segments.expire(expiry(group, ingestionTime));
    for (const listener of this.listeners) listener({ group, stream, events });
  }

  /**
   * As the agents of Lambda, ECS and CodeBuild write: makes what is missing, leaves out empty lines, which CloudWatch
   * does not take, and cuts lines that are too long.
   */
  write(groupName: string, streamName: string, lines: readonly LogLine[]): void {
    const group = this.find(groupName) ?? this.create(groupName);
    const stream = this.streams.get(group.id)?.get(streamName) ?? this.createStream(group, streamName);
    this.append(
      group,
      stream,
      lines.flatMap((line) => cut(line.message).map((message) => ({ timestamp: line.timestamp, message }))),
    );
  }

  /** Removes what has expired in every group. */
  expire(): void {
    const now = this.world.clock.now();
    for (const group of this.all()) {
      for (const stream of this.streamsOf(group)) stream.segments.expire(expiry(group, now));
    }
  }

  arn(group: Group): string {
    return groupArn(this.world, group.name);
  }

  private open(groupId: string, record: StreamRecord): Stream {
    const digest = createHash('sha256').update(`${groupId}/${record.name}`).digest();
    const folder = join(this.world.folder, 'logs', groupId, digest.toString('hex', 0, 12));
    const segments = new Segments(this.files, folder, record.closed, (closed) =>
      this.records.set(`${groupId}/${record.name}`, { ...record, closed: [...closed] }),
    );
    return {
      name: record.name,
      creationTime: record.creationTime,
      order: digest.readBigUInt64BE(),
      segments,
    };
  }
}

function cut(message: string): string[] {
  if (message === '') return [];
  const most = MOST_EVENT_BYTES - EVENT_OVERHEAD_BYTES;
  if (Buffer.byteLength(message) <= most) return [message];
  const bytes = Buffer.from(message);
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(at + most, bytes.length);
    // Never in the middle of a character: its continuation bytes are 10xxxxxx.
    while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
    pieces.push(bytes.toString('utf8', at, end));
    at = end;
  }
  return pieces;
}
