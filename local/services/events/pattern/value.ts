/** What one element of a pattern's array says of one value. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { invalidPattern, isObject } from './invalid.ts';

export type ValueTest = (value: unknown) => boolean;

const NUMERIC: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

export function valueTest(name: string, item: unknown): ValueTest {
  if (Array.isArray(item))
    throw invalidPattern(`Match value must be String, number, true, false, or null ("${name}")`);
  if (!isObject(item)) return (value) => value === item;
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(item);
  if (more.length > 0) throw invalidPattern(`Only one key allowed in match expression ("${name}")`);
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return affix(operator, operand);
    case 'equals-ignore-case':
      return ignoringCase(text(operator, operand), (value, wanted) => value === wanted);
    case 'wildcard':
      return wildcard(text(operator, operand));
    case 'numeric':
      return numeric(operand);
    case 'cidr':
      return cidr(text(operator, operand));
    case 'anything-but':
      return anythingBut(operand);
    default:
      throw invalidPattern(`Unrecognized match type ${operator}`);
  }
}

/** `{"prefix": "x"}`, or `{"prefix": {"equals-ignore-case": "x"}}`. */
function affix(operator: 'prefix' | 'suffix', operand: unknown): ValueTest {
  const has = (value: string, part: string) =>
    operator === 'prefix' ? value.startsWith(part) : value.endsWith(part);
  if (isObject(operand)) {
    if (!('equals-ignore-case' in operand))
      throw invalidPattern(`${operator} match pattern must be a string`);
    return ignoringCase(text(operator, operand['equals-ignore-case']), has);
  }
  const part = text(operator, operand);
  return (value) => typeof value === 'string' && has(value, part);
}

function ignoringCase(wanted: string, compare: (value: string, wanted: string) => boolean): ValueTest {
  const lower = wanted.toLowerCase();
  return (value) => typeof value === 'string' && compare(value.toLowerCase(), lower);
}

/** `*` stands for any text, `\*` for itself and `\\` for a backslash. */
function wildcard(pattern: string): ValueTest {
  if (/(?<!\\)\*\*/.test(pattern)) throw invalidPattern('Consecutive wildcard characters are not allowed');
  const source = pattern.replace(/\\[*\\]|[\s\S]/g, (part) =>
    part === '*'
      ? '[\\s\\S]*'
      : (part.length === 2 ? (part[1] ?? '') : part).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  const whole = new RegExp(`^${source}$`);
  return (value) => typeof value === 'string' && whole.test(value);
}

function numeric(operand: unknown): ValueTest {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) {
    throw invalidPattern('Value of numeric must be an array of operators and numbers.');
  }
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < operand.length; at += 2) {
    const [operator, bound] = [operand[at] as unknown, operand[at + 1] as unknown];
    const compare = typeof operator === 'string' ? NUMERIC[operator] : undefined;
    if (!compare) throw invalidPattern(`Unrecognized numeric range operator: ${String(operator)}`);
    if (typeof bound !== 'number') throw invalidPattern('Value of numeric operators must be numbers.');
    tests.push((value) => compare(value, bound));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function cidr(block: string): ValueTest {
  const [, address = '', prefix = ''] = /^([^/]+)\/(\d+)$/.exec(block) ?? [];
  const list = new BlockList();
  try {
    if (address === '') throw new Error('no address');
    list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  } catch {
    throw invalidPattern(`Malformed CIDR, one slash required: ${block}`);
  }
  return (value) => {
    if (typeof value !== 'string') return false;
    if (isIPv4(value)) return list.check(value, 'ipv4');
    return isIPv6(value) && list.check(value, 'ipv6');
  };
}

/** A value, a list of values, or another operator with one or several texts: none of them may match. */
function anythingBut(operand: unknown): ValueTest {
  const excluded = isObject(operand)
    ? excludedBy(operand)
    : values(operand).map((each) => (value: unknown) => value === each);
  return (value) => !excluded.some((test) => test(value));
}

function excludedBy(operand: Readonly<Record<string, unknown>>): ValueTest[] {
  const [[operator, inner] = ['', undefined], ...more] = Object.entries(operand);
  if (more.length > 0 || !['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator)) {
    throw invalidPattern('Unsupported anything-but pattern');
  }
  return (Array.isArray(inner) ? inner : [inner]).map((each) =>
    valueTest('anything-but', { [operator]: each }),
  );
}

function values(operand: unknown): unknown[] {
  const list = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0 || !list.every((each) => typeof each === 'string' || typeof each === 'number')) {
    throw invalidPattern('Value of anything-but must be strings or numbers, or an array of either.');
  }
  return list;
}

function text(operator: string, operand: unknown): string {
  if (typeof operand !== 'string') throw invalidPattern(`${operator} match pattern must be a string`);
  return operand;
}
