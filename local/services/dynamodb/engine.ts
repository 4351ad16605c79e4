/**
 * dynalite, without its web server: its validations and actions, called in process on one store. What it has not
 * (transactions, time to live, the old item of a failed condition) is in the files beside this one.
 *
 * The modules below dynalite's root are no public interface; the version is pinned exactly, and the contract test
 * holds every operation against the real SDK client.
 */
import { createRequire } from 'node:module';
import { AwsError, unsupported } from '../../service.ts';

const require = createRequire(import.meta.url);

export type Json = Record<string, unknown>;
export type Item = Readonly<Record<string, unknown>>;

export interface Table extends Json {
  TableName: string;
  TableStatus: string;
  KeySchema: { AttributeName: string; KeyType: string }[];
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  GlobalSecondaryIndexes?: (Json & { IndexName: string })[];
}

type Callback<T> = (error: (Error & { body?: Json; statusCode?: number }) | null, value?: T) => void;

interface PrefixedDb {
  get(key: string, done: Callback<Item>): void;
  put(key: string, value: unknown, done: Callback<void>): void;
}

interface DynaliteStore {
  readonly db: { open(): Promise<void>; close(): Promise<void> };
  readonly tableDb: PrefixedDb & { awsAccountId: string; awsRegion: string };
  getTable(name: string, checkStatus: boolean, done: Callback<Table>): void;
  getItemDb(name: string): PrefixedDb;
}

interface DynaliteDb {
  create(options: Json): DynaliteStore;
  checkConditional(data: Json, item: Item | undefined): Error | null | undefined;
  createKey(item: Item, table: Table): string;
  validateKey(key: Item, table: Table): (Error & { body?: Json }) | null | undefined;
  updateIndexes(
    store: DynaliteStore,
    table: Table,
    existing: Item | undefined,
    item: Item | undefined,
    done: Callback<void>,
  ): void;
}

interface Validations {
  checkTypes(data: Json, types: Json): Json;
  checkValidations(data: Json, types: Json, custom: unknown, store: DynaliteStore): void;
}

const db = require('dynalite/db') as DynaliteDb;
const validations = require('dynalite/validations') as Validations;

interface Rules {
  readonly types: Json;
  readonly custom?: unknown;
}

/** Names of dynalite's actions that are used here, each with a file of rules of the same name. */
export type Action =
  | 'batchGetItem'
  | 'batchWriteItem'
  | 'createTable'
  | 'deleteItem'
  | 'deleteTable'
  | 'describeTable'
  | 'getItem'
  | 'listTables'
  | 'listTagsOfResource'
  | 'putItem'
  | 'query'
  | 'scan'
  | 'tagResource'
  | 'untagResource'
  | 'updateItem';

export class Engine {
  private readonly store: DynaliteStore;
  private tail: Promise<unknown> = Promise.resolve();

  /** Keeps the tables in `folder` (LevelDB); in memory where it is left out. */
  constructor(region: string, account: string, folder?: string) {
    this.store = db.create({
      createTableMs: 0,
      deleteTableMs: 0,
      updateTableMs: 0,
      ...(folder === undefined ? {} : { path: folder }),
    });
    this.store.tableDb.awsAccountId = account;
    this.store.tableDb.awsRegion = region;
  }

  async open(): Promise<void> {
    await this.store.db.open();
  }

  async close(): Promise<void> {
    await this.tail;
    // A table that is just being made becomes ACTIVE in a timer of dynalite's.
    await new Promise((resolve) => setTimeout(resolve, 1));
    await this.store.db.close();
  }

  /** One call after the other: that makes transactions isolated, and every run the same. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.tail.then(work);
    this.tail = result.catch(() => {});
    return result;
  }

  /** Checks the input as DynamoDB does; returns a copy with its expressions parsed. */
  check(action: Action, input: Json): Json {
    const rules = require(`dynalite/validations/${action}`) as Rules;
    const unknown = Object.keys(input).find((field) => input[field] !== undefined && !(field in rules.types));
    if (unknown) throw unsupported(action.charAt(0).toUpperCase() + action.slice(1), unknown);
    return translated(() => {
      const data = validations.checkTypes(structuredClone(input), rules.types);
      validations.checkValidations(data, rules.types, rules.custom, this.store);
      return data;
    });
  }

  /** Does what has been checked. */
  async act(action: Action, checked: Json): Promise<Json> {
    const run = require(`dynalite/actions/${action}`) as (
      store: DynaliteStore,
      data: Json,
      done: Callback<Json>,
    ) => void;
    return (await settle<Json>((done) => run(this.store, checked, done))) || {};
  }

  async run(action: Action, input: Json): Promise<Json> {
    return this.act(action, this.check(action, input));
  }

  table(name: string): Promise<Table> {
    return settle<Table>((done) => this.store.getTable(name, false, done)) as Promise<Table>;
  }

  async putTable(table: Table): Promise<void> {
    await settle<void>((done) => this.store.tableDb.put(table.TableName, table, done));
  }

  /** The item under this key; undefined where there is none. */
  async item(table: Table, key: Item): Promise<Item | undefined> {
    const invalid = db.validateKey(key, table);
    if (invalid) throw toAwsError(invalid);
    const itemDb = this.store.getItemDb(table.TableName);
    return new Promise((resolve, reject) => {
      itemDb.get(db.createKey(key, table), (error, item) => {
        if (error && error.name !== 'NotFoundError') reject(error);
        else resolve(error ? undefined : item);
      });
    });
  }

  /** Whether the checked input's condition holds for the item as it is now. */
  conditionHolds(checked: Json, item: Item | undefined): boolean {
    return !db.checkConditional(checked, item);
  }

  /** Enters an item into the table's indexes anew, after the table has got another one. */
  async reindex(table: Table, item: Item): Promise<void> {
    await settle<void>((done) => db.updateIndexes(this.store, table, undefined, item, done));
  }
}

async function settle<T>(start: (done: Callback<T>) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(toAwsError(error)) : resolve(value)));
  });
}

function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toAwsError(error as Error);
  }
}

function toAwsError(error: Error & { body?: Json; statusCode?: number }): Error {
  if (!error.body) return error;
  const code = String(error.body['__type']).split('#').at(-1) ?? 'InternalServerError';
  return new AwsError(
    code,
    String(error.body['message'] ?? error.body['Message'] ?? ''),
    {},
    error.statusCode,
  );
}
