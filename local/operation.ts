/**
 * What every table of operations needs: a constructor that refuses input fields the emulation would silently
 * ignore, and pages with opaque tokens.
 */
import { AwsError, type Call, type Operation, type Permission, unsupported } from './service.ts';

interface Definition<Input, Output> {
  permissions(input: Input): readonly Permission[];
  run(input: Input, call: Call): Output | Promise<Output>;
  frames?(output: Output): AsyncIterable<Uint8Array>;
}

/**
 * An operation that honours the named top-level fields of its input and refuses every other one.
 * A field that is sent but means nothing here (a tag, say) has to be named as well.
 */
export function operation<Input extends object, Output>(
  name: string,
  fields: readonly (keyof Input & string)[],
  definition: Definition<Input, Output>,
): Operation<Input, Output> {
  const honoured = new Set<string>(fields);
  return {
    ...definition,
    run(input, call) {
      for (const [field, value] of Object.entries(input)) {
        if (value !== undefined && !honoured.has(field)) throw unsupported(name, field);
      }
      return definition.run(input, call);
    },
  };
}

/** A whole table of operations, each of which honours the fields that `fields` has for its name, and refuses others. */
export function honouring(
  fields: Readonly<Record<string, readonly string[]>>,
  table: Readonly<Record<string, Operation>>,
): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(table).map(([name, definition]) => [
      name,
      operation(name, (fields[name] ?? []) as never[], definition as never) as unknown as Operation,
    ]),
  );
}

export interface Page<T> {
  readonly items: T[];
  readonly nextToken?: string;
}

/**
 * One page of a list. The token holds the place of the next item, so a list that changes between two pages may
 * repeat or skip an item, as it may on AWS.
 */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
  limit: number,
  refuse: () => AwsError = () =>
    new AwsError('InvalidNextTokenException', 'The specified nextToken is invalid.'),
): Page<T> {
  const from = token === undefined ? 0 : placeOf(token, refuse);
  const to = from + limit;
  return {
    items: items.slice(from, to),
    ...(to < items.length ? { nextToken: Buffer.from(`at:${to}`).toString('base64url') } : {}),
  };
}

function placeOf(token: string, refuse: () => AwsError): number {
  const found = /^at:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!found) throw refuse();
  return Number(found[1]);
}
