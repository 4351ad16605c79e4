/** Condition operators of IAM policies: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
import { matches } from './wildcard.ts';

type Test = (actual: string, wanted: string) => boolean;

const numeric =
  (compare: (a: number, b: number) => boolean): Test =>
  (actual, wanted) =>
    compare(Number(actual), Number(wanted));

const date =
  (compare: (a: number, b: number) => boolean): Test =>
  (actual, wanted) =>
    compare(Date.parse(actual), Date.parse(wanted));

/** Operators that hold where one of the wanted values matches. */
const POSITIVE: Readonly<Record<string, Test>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: (actual, wanted) => matches(wanted, actual),
  ArnEquals: (actual, wanted) => matchesArn(wanted, actual),
  ArnLike: (actual, wanted) => matchesArn(wanted, actual),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: numeric((a, b) => a === b),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: date((a, b) => a === b),
  DateLessThan: date((a, b) => a < b),
  DateLessThanEquals: date((a, b) => a <= b),
  DateGreaterThan: date((a, b) => a > b),
  DateGreaterThanEquals: date((a, b) => a >= b),
};

/** Operators that hold where none of the values matches, also where the key is absent; each with its opposite. */
const NEGATIVE: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
};

interface Operator {
  readonly base: string;
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
}

function parse(operator: string): Operator {
  const parts = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operator);
  return {
    base: parts?.[2] ?? operator,
    quantifier: parts?.[1] as Operator['quantifier'],
    ifExists: parts?.[3] !== undefined,
  };
}

export function isKnownOperator(operator: string): boolean {
  const { base, quantifier, ifExists } = parse(operator);
  if (base === 'Null') return quantifier === undefined && !ifExists;
  return base in POSITIVE || base in NEGATIVE;
}

/** `actual` holds every value of the key in the request; undefined where the request has no such key. */
export function holds(
  operator: string,
  actual: readonly string[] | undefined,
  wanted: readonly string[],
): boolean {
  const { base, quantifier, ifExists } = parse(operator);
  if (base === 'Null') return wanted.includes('true') === (actual === undefined);
  const negated = NEGATIVE[base];
  const test = POSITIVE[negated ?? base];
  if (!test) return false;
  if (actual === undefined || actual.length === 0) {
    return ifExists || quantifier === 'ForAllValues' || (negated !== undefined && quantifier === undefined);
  }
  const one = (value: string) =>
    wanted.some((candidate) => test(value, candidate)) !== (negated !== undefined);
  return quantifier === 'ForAnyValue' ? actual.some(one) : actual.every(one);
}

/** Each of the six parts of an ARN is matched by itself, so that `*` does not reach over a colon. */
function matchesArn(pattern: string, arn: string): boolean {
  const wanted = pattern.split(':');
  const actual = arn.split(':');
  if (pattern === '*' || actual.length < 6) return matches(pattern, arn);
  if (wanted.length < 6) return false;
  const join = (parts: string[]) => [...parts.slice(0, 5), parts.slice(5).join(':')];
  const parts = join(actual);
  return join(wanted).every((part, index) => matches(part, parts[index] ?? ''));
}
