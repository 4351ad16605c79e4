/**
 * The functions that Step Functions adds to JSONata. `$eval` is taken away, as AWS takes it away; `$now` and `$millis`
 * read the run's clock, so that they agree with virtual time.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Environment, Expression } from 'jsonata';

/** JSONata adds a code to errors that have one; ours have none, and AWS's sentence then ends differently. */
function refuse(message: string): never {
  throw { message };
}

function partition(items: unknown, size: unknown): unknown {
  if (items === undefined || size === undefined) return undefined;
  const list = Array.isArray(items) ? items : [items];
  const width = Math.trunc(Number(size));
  if (!(width > 0)) refuse(`The chunk size of $partition must be a positive integer, but was: ${size}`);
  const chunks: unknown[] = [];
  for (let at = 0; at < list.length; at += width) chunks.push(list.slice(at, at + width));
  return chunks;
}

/** A JSONata sequence: nothing for no element, the element itself for one. Recorded: `$range(1,9,9)` is `1`. */
function range(first: unknown, last: unknown, step: unknown): unknown {
  if (first === undefined || last === undefined || step === undefined) return undefined;
  // Recorded elsewhere: a fraction is cut off towards zero, not rounded.
  const [from, to, by] = [first, last, step].map((value) => Math.trunc(Number(value))) as [
    number,
    number,
    number,
  ];
  if (by === 0) return undefined;
  const count = Math.floor((to - from) / by) + 1;
  if (count > 500_000)
    refuse('Expression evaluation memory limit exceeded: Check for excessive memory usage');
  const values: number[] = [];
  for (let index = 0; index < count; index++) values.push(from + index * by);
  return values.length > 1 ? values : values[0];
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function hash(content: unknown, algorithm: unknown): unknown {
  if (content === undefined || algorithm === undefined) return undefined;
  const name = ALGORITHMS[String(algorithm)];
  if (!name) {
    refuse(
      `The algorithm of $hash must be one of ${Object.keys(ALGORITHMS).join(', ')}, but was: ${algorithm}`,
    );
  }
  return createHash(name)
    .update(typeof content === 'string' ? content : JSON.stringify(content))
    .digest('hex');
}

const MASK = (1n << 48n) - 1n;

/** The first double of `java.util.Random(seed)`, bit for bit what the service returns for a seed. */
function seededRandom(seed: number): number {
  let state = (BigInt(Math.trunc(seed)) ^ 0x5deece66dn) & MASK;
  const next = (bits: bigint) => {
    state = (state * 0x5deece66dn + 0xbn) & MASK;
    return Number(state >> (48n - bits));
  };
  return (next(26n) * 2 ** 27 + next(27n)) * 2 ** -53;
}

function parse(text: unknown): unknown {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') refuse(`$parse expects a string, but was given: ${JSON.stringify(text)}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse(`$parse was given text that is not JSON (${(error as Error).message}): ${text}`);
  }
}

export function addFunctions(expression: Expression): void {
  expression.registerFunction('partition', partition);
  expression.registerFunction('range', range);
  expression.registerFunction('hash', hash);
  expression.registerFunction('random', (seed?: unknown) =>
    typeof seed === 'number' ? seededRandom(seed) : Math.random(),
  );
  expression.registerFunction('uuid', () => randomUUID());
  expression.registerFunction('parse', parse);
  expression.assign('eval', undefined);
  expression.registerFunction(
    'now',
    function (this: { environment: Environment }, picture?: string, zone?: string) {
      const fromMillis = this.environment.lookup('fromMillis');
      return fromMillis.implementation.call(this, this.environment.lookup(NOW), picture, zone);
    },
    '<s?s?:s>',
  );
  expression.registerFunction(
    'millis',
    function (this: { environment: Environment }) {
      return this.environment.lookup(NOW);
    },
    '<:n>',
  );
}

/** The binding under which an evaluation gets the time; blanks keep it out of reach of expressions. */
export const NOW = 'milliseconds since the epoch';
