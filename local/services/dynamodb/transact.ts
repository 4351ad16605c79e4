/** TransactWriteItems and TransactGetItems, which dynalite has not: all conditions are checked, then all is written. */
import type {
  CancellationReason,
  TransactGetItemsCommandInput,
  TransactWriteItem,
  TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../clock.ts';
import { AwsError } from '../../service.ts';
import type { Action, Engine, Item, Json } from './engine.ts';

/** How long a client request token makes a repeated transaction a success without effect. */
const TOKEN_LIFE_MS = 10 * 60 * 1000;
const MOST_ITEMS = 100;

export class Transactions {
  private readonly engine: Engine;
  private readonly clock: Clock;
  private readonly tokens = new Map<string, { input: string; until: number }>();

  constructor(engine: Engine, clock: Clock) {
    this.engine = engine;
    this.clock = clock;
  }

  async write(input: TransactWriteItemsCommandInput): Promise<Json> {
    const { ClientRequestToken: token, ...rest } = input;
    const items = input.TransactItems ?? [];
    checkCount(items.length);
    if (this.isRepeated(token, JSON.stringify(rest))) return {};
    const steps = items.map((item) => this.step(item));
    const seen = new Set<string>();
    const reasons: CancellationReason[] = [];
    for (const step of steps) {
      const table = await this.engine.table(step.table);
      const before = await this.engine.item(table, step.keyOf(table.KeySchema));
      const key = JSON.stringify([step.table, step.keyOf(table.KeySchema)]);
      if (seen.has(key)) throw invalid('Transaction request cannot include multiple operations on one item');
      seen.add(key);
      if (this.engine.conditionHolds(step.checked, before)) reasons.push({ Code: 'None' });
      else reasons.push(failed(step.returnsOld ? before : undefined));
    }
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    for (const { action, checked } of steps) if (action) await this.engine.act(action, checked);
    if (token !== undefined) {
      this.tokens.set(token, { input: JSON.stringify(rest), until: this.clock.now() + TOKEN_LIFE_MS });
    }
    return {};
  }

  async get(input: TransactGetItemsCommandInput): Promise<Json> {
    const items = input.TransactItems ?? [];
    checkCount(items.length);
    const responses: Json[] = [];
    for (const { Get } of items) responses.push(await this.engine.run('getItem', { ...Get } as Json));
    return { Responses: responses.map(({ Item }) => (Item === undefined ? {} : { Item })) };
  }

  /** One member of the transaction, checked as the operation that it stands for. */
  private step(item: TransactWriteItem) {
    const kinds = Object.entries(item).filter(([, value]) => value !== undefined) as [string, Json][];
    const [kind = '', body = {}] = kinds[0] ?? [];
    if (kinds.length !== 1) {
      throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
    }
    const { ReturnValuesOnConditionCheckFailure: returned, ...input } = body;
    const action = ACTIONS[kind];
    if (!action) throw invalid(`TransactItems cannot contain ${kind}`);
    const checked = this.engine.check(action, input);
    return {
      table: String(input['TableName']),
      checked,
      action: kind === 'ConditionCheck' ? undefined : action,
      returnsOld: returned === 'ALL_OLD',
      keyOf: (schema: readonly { AttributeName: string }[]): Item => {
        const source = (input['Key'] ?? input['Item'] ?? {}) as Item;
        if (input['Key']) return source;
        return Object.fromEntries(schema.map(({ AttributeName }) => [AttributeName, source[AttributeName]]));
      },
    };
  }

  private isRepeated(token: string | undefined, input: string): boolean {
    for (const [known, { until }] of this.tokens) if (until <= this.clock.now()) this.tokens.delete(known);
    const known = token === undefined ? undefined : this.tokens.get(token);
    if (known && known.input !== input) {
      throw new AwsError(
        'IdempotentParameterMismatchException',
        'The provided client token has been used with a request of different parameters',
      );
    }
    return known !== undefined;
  }
}

/** A condition check is a deletion that is never done: both are a key and a condition. */
const ACTIONS: Readonly<Record<string, Action>> = {
  Put: 'putItem',
  Update: 'updateItem',
  Delete: 'deleteItem',
  ConditionCheck: 'deleteItem',
};

function failed(old: Item | undefined): CancellationReason {
  return {
    Code: 'ConditionalCheckFailed',
    Message: 'The conditional request failed',
    ...(old && { Item: old as NonNullable<CancellationReason['Item']> }),
  };
}

function cancelled(reasons: CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}

function checkCount(count: number): void {
  if (count > 0 && count <= MOST_ITEMS) return;
  throw invalid(
    `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length ${
      count === 0 ? 'greater than or equal to 1' : `less than or equal to ${MOST_ITEMS}`
    }`,
  );
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
