/**
 * Policy documents as IAM's grammar has them, normalised to lists. What this evaluation does not know is an error when
 * the policy is made, never a statement that silently allows or denies.
 */
import { AwsError } from '../service.ts';
import { isKnownOperator } from './conditions.ts';

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** Whether `actions` are those that the statement is *not* about. */
  readonly notActions: boolean;
  readonly resources: readonly string[];
  readonly notResources: boolean;
  /** Operator, then key, then the values of which one (or none, for negated operators) must match. */
  readonly conditions: readonly { operator: string; key: string; values: readonly string[] }[];
  /** Only in trust and resource policies: type (`Service`, `AWS`, `Federated`, `*`) and names. */
  readonly principals: readonly { type: string; names: readonly string[] }[];
}

const MEMBERS = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
  'Principal',
]);

/** Throws `MalformedPolicyDocument`. Takes the document as an object or as JSON. */
export function parsePolicy(document: unknown, where: string): Statement[] {
  const parsed = typeof document === 'string' ? parseJson(document, where) : document;
  if (!isRecord(parsed)) throw malformed(where, 'is no object');
  return list(parsed['Statement']).map((statement, index) =>
    parseStatement(statement, `${where}, statement ${index + 1}`),
  );
}

function parseStatement(statement: unknown, where: string): Statement {
  if (!isRecord(statement)) throw malformed(where, 'is no object');
  for (const member of Object.keys(statement)) {
    if (!MEMBERS.has(member)) throw malformed(where, `has the member ${member}, which is not supported here`);
  }
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed(where, 'has no Effect of Allow or Deny');
  const notActions = 'NotAction' in statement;
  const notResources = 'NotResource' in statement;
  return {
    sid: statement['Sid'] as string | undefined,
    effect,
    actions: strings(statement[notActions ? 'NotAction' : 'Action'], where),
    notActions,
    resources: strings(statement[notResources ? 'NotResource' : 'Resource'], where),
    notResources,
    conditions: parseConditions(statement['Condition'], where),
    principals: parsePrincipals(statement['Principal'], where),
  };
}

function parseConditions(block: unknown, where: string): Statement['conditions'] {
  if (block === undefined) return [];
  if (!isRecord(block)) throw malformed(where, 'has a Condition that is no object');
  return Object.entries(block).flatMap(([operator, keys]) => {
    if (!isKnownOperator(operator)) throw malformed(where, `uses the unknown condition operator ${operator}`);
    if (!isRecord(keys)) throw malformed(where, `has a condition ${operator} that is no object`);
    return Object.entries(keys).map(([key, values]) => ({ operator, key, values: list(values).map(String) }));
  });
}

function parsePrincipals(principal: unknown, where: string): Statement['principals'] {
  if (principal === undefined) return [];
  if (principal === '*') return [{ type: '*', names: ['*'] }];
  if (!isRecord(principal)) throw malformed(where, 'has a Principal that is no object');
  return Object.entries(principal).map(([type, names]) => ({ type, names: strings(names, where) }));
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(where, `is not JSON: ${(error as Error).message}`);
  }
}

function strings(value: unknown, where: string): string[] {
  return list(value).map((item) => {
    if (typeof item !== 'string')
      throw malformed(where, `has ${JSON.stringify(item)} where a string belongs`);
    return item;
  });
}

function list(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(where: string, what: string): AwsError {
  return new AwsError('MalformedPolicyDocument', `The policy of ${where} ${what}.`);
}
