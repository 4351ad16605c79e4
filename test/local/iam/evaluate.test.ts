import { holds, isKnownOperator } from '../../../local/iam/conditions.ts';
import { decide, deniedSentence } from '../../../local/iam/evaluate.ts';
import { parsePolicy } from '../../../local/iam/policy.ts';
import { matches } from '../../../local/iam/wildcard.ts';

const decision = (statement: object | object[], action: string, resource = '*', context = {}) =>
  decide(
    parsePolicy({ Version: '2012-10-17', Statement: statement }, 'test'),
    { action, resource, context },
    {},
  );

const service = 'arn:aws:ecs:us-east-1:000000000000:service/main/backend';

test.each([
  ['ecs:Update*', 'ecs:UpdateService', true],
  ['ecs:*Service?', 'ecs:UpdateServices', true],
  ['ecs:*Service?', 'ecs:UpdateService', false],
  ['*', 'anything', true],
  ['a.c', 'abc', false],
  ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/a/b/c', true],
])('the pattern %s against %s: %s', (pattern, text, expected) => {
  expect(matches(pattern, text)).toBe(expected);
});

test.each([
  [
    'allowed by action and resource',
    { Effect: 'Allow', Action: 'ecs:UpdateService', Resource: service },
    'allowed',
  ],
  ['actions do not mind case', { Effect: 'Allow', Action: 'ECS:updateservice', Resource: '*' }, 'allowed'],
  ['another action', { Effect: 'Allow', Action: ['ecs:Describe*'], Resource: '*' }, 'implicitDeny'],
  ['another resource', { Effect: 'Allow', Action: 'ecs:*', Resource: `${service}-2` }, 'implicitDeny'],
  ['NotAction leaves it out', { Effect: 'Allow', NotAction: 'ecs:Update*', Resource: '*' }, 'implicitDeny'],
  ['NotAction of others', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }, 'allowed'],
  ['NotResource leaves it out', { Effect: 'Allow', Action: '*', NotResource: service }, 'implicitDeny'],
  [
    'a Deny beats every Allow',
    [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'ecs:UpdateService', Resource: '*' },
    ],
    'explicitDeny',
  ],
])('%s', (_name, statement, expected) => {
  expect(decision(statement, 'ecs:UpdateService', service)).toBe(expected);
});

test('a condition on the service that a role is passed to holds only for that service', () => {
  const statement = {
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: '*',
    Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  };
  const pass = (to: string) => decision(statement, 'iam:PassRole', 'arn:role', { 'iam:PassedToService': to });
  expect(pass('ecs-tasks.amazonaws.com')).toBe('allowed');
  expect(pass('lambda.amazonaws.com')).toBe('implicitDeny');
  expect(decision(statement, 'iam:PassRole', 'arn:role')).toBe('implicitDeny');
});

test.each<[string, string[] | undefined, string[], boolean]>([
  ['StringEquals', ['a'], ['a', 'b'], true],
  ['StringEquals', undefined, ['a'], false],
  ['StringEqualsIfExists', undefined, ['a'], true],
  ['StringNotEquals', ['a'], ['b'], true],
  ['StringNotEquals', undefined, ['b'], true],
  ['StringLike', ['backend-1'], ['backend-*'], true],
  ['StringNotLike', ['backend-1'], ['backend-*'], false],
  ['ArnLike', ['arn:aws:ecs:eu-west-1:1:cluster/a'], ['arn:aws:ecs:*:1:cluster/*'], true],
  ['ArnLike', ['arn:aws:ecs:eu-west-1:1:cluster/a'], ['arn:aws:*:cluster/a'], false],
  ['ArnEquals', ['arn:aws:ecs:eu-west-1:1:cluster/a'], ['arn:aws:ecs:eu-west-1:1:cluster/a'], true],
  ['Bool', ['true'], ['true'], true],
  ['Bool', ['true'], ['false'], false],
  ['Null', undefined, ['true'], true],
  ['Null', ['x'], ['true'], false],
  ['Null', ['x'], ['false'], true],
  ['NumericLessThan', ['3'], ['4'], true],
  ['NumericGreaterThanEquals', ['3'], ['4'], false],
  ['DateGreaterThan', ['2026-02-01T00:00:00Z'], ['2026-01-01T00:00:00Z'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'c'], true],
  ['ForAllValues:StringEquals', ['a', 'd'], ['a', 'b', 'c'], false],
  ['ForAllValues:StringEquals', undefined, ['a'], true],
  ['ForAnyValue:StringEquals', ['d', 'a'], ['a'], true],
  ['ForAnyValue:StringEquals', undefined, ['a'], false],
])('%s of %j with %j holds: %s', (operator, actual, wanted, expected) => {
  expect(isKnownOperator(operator)).toBe(true);
  expect(holds(operator, actual, wanted)).toBe(expected);
});

test('an unknown condition operator is refused when the policy is made', () => {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringSmells: { a: 'b' } } };
  expect(() => parsePolicy({ Statement: [statement] }, 'role x')).toThrow(
    'The policy of role x, statement 1 uses the unknown condition operator StringSmells.',
  );
});

test('the sentence of a refusal is that of AWS', () => {
  const principal = {
    arn: 'arn:aws:sts::000000000000:assumed-role/R/S',
    roleArn: 'arn:aws:iam::000000000000:role/R',
  };
  const permission = { action: 'ecs:UpdateService', resource: service };
  expect(deniedSentence(principal, permission, 'implicitDeny')).toBe(
    `User: arn:aws:sts::000000000000:assumed-role/R/S is not authorized to perform: ecs:UpdateService on resource: ${service} because no identity-based policy allows the ecs:UpdateService action`,
  );
  expect(deniedSentence(principal, permission, 'explicitDeny')).toContain(
    'with an explicit deny in an identity-based policy',
  );
});
