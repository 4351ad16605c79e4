/** What keeps the data of an instance: a real server, or, in a simulated world, nothing at all. */
import type { Instance, Snapshot } from './model.ts';

export interface DatabaseEngine {
  /** Whether its work takes real time, for which a virtual clock has to stand still. */
  readonly real: boolean;
  /** PostgreSQL's version, `18.4`. */
  version(): Promise<string>;
  /** A port for a new instance. */
  port(): Promise<number>;
  /** Makes the data of a new instance and starts it. Nothing is left where it fails. */
  create(instance: Instance): Promise<void>;
  /** The same, from what a snapshot kept. */
  restore(instance: Instance, snapshot: Snapshot): Promise<void>;
  /** Starts the server of existing data. */
  start(instance: Instance): Promise<void>;
  stop(instance: Instance): Promise<void>;
  /** Ends it and removes the data. */
  remove(instance: Instance): Promise<void>;
  setPassword(instance: Instance, password: string): Promise<void>;
  /** Copies the data as it is at one moment. */
  snapshot(instance: Instance, snapshot: Snapshot): Promise<void>;
  removeSnapshot(snapshot: Snapshot): Promise<void>;
  /** Undefined where the server does not run. */
  usage(instance: Instance): Promise<Usage | undefined>;
}

export interface Usage {
  readonly connections: number;
  /** Since the server started. */
  readonly cpuSeconds: number;
  readonly bytes: number;
}

/** Time that a snapshot takes in a simulated world. */
const SNAPSHOT_MS = 90_000;

/** No server: instances exist and have states, and whoever asks them for rows is answered by nobody. */
export class SimulatedEngine implements DatabaseEngine {
  readonly real = false;
  private readonly sleep: (milliseconds: number) => Promise<void>;

  constructor(sleep: (milliseconds: number) => Promise<void>) {
    this.sleep = sleep;
  }

  version = () => Promise.resolve('18.4');
  port = () => Promise.resolve(5432);
  create = () => Promise.resolve();
  restore = () => Promise.resolve();
  start = () => Promise.resolve();
  stop = () => Promise.resolve();
  remove = () => Promise.resolve();
  setPassword = () => Promise.resolve();
  snapshot = () => this.sleep(SNAPSHOT_MS);
  removeSnapshot = () => Promise.resolve();
  usage = () => Promise.resolve(undefined);
}
