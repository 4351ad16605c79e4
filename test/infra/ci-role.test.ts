import { parseEnvironment } from '../../core/environment.ts';
import { subjects } from '../../infra/deployer/ci-role.ts';
import { changed, flat, ofType, statementsOf, synthesized } from './stacks.ts';

const github = { repository: 'acme/shop', environment: 'production', services: ['backend'] };
const stack = synthesized([
  changed('production', (environment) => {
    environment.ci = { github };
  }),
])['lockstep-production'];
const [id = '', role] =
  ofType(stack, 'AWS::IAM::Role').find(
    ([, { Properties }]) => Properties.RoleName === 'lockstep-production-ci',
  ) ?? [];
const statements = Object.fromEntries(statementsOf(stack, id).map((statement) => [statement.Sid, statement]));

describe('the role of GitHub Actions', () => {
  test('is for jobs of the repository that name the environment, in both forms of the token’s subject', () => {
    const [statement] = role?.Properties.AssumeRolePolicyDocument.Statement ?? [];
    expect(statement).toMatchObject({
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
        StringLike: {
          'token.actions.githubusercontent.com:sub': [
            'repo:acme/shop:environment:production',
            'repo:acme@*/shop@*:environment:production',
          ],
        },
      },
    });
  });

  test('holds the numbers of owner and repository against the token where they are given', () => {
    expect(subjects({ repository: 'acme/shop', ownerId: '12', repositoryId: '345', branch: 'main' })).toEqual(
      ['repo:acme/shop:ref:refs/heads/main', 'repo:acme@12/shop@345:ref:refs/heads/main'],
    );
  });

  test('starts executions of its environment and reads those of its services', () => {
    expect(statements['StartDeployment']).toMatchObject({ Action: ['states:StartExecution'] });
    expect(statements['StartDeployment']?.Resource.map(flat)).toEqual([
      'arn:aws:states:eu-central-1:<AWS::AccountId>:stateMachine:lockstep-production-deploy',
    ]);
    expect(statements['FollowDeployment']?.Resource.map(flat)).toEqual([
      'arn:aws:states:eu-central-1:<AWS::AccountId>:execution:lockstep-production-deploy:backend-production-*',
    ]);
  });

  test('may do nothing else but upload sources, read the journal, ask to cancel and end a wait', () => {
    expect(Object.keys(statements)).toEqual([
      'StartDeployment',
      'FollowDeployment',
      'UploadSource',
      'ToldWhatIsAbsent',
      'ReadJournal',
      'FindDeployment',
      'EndWait',
      'AskToCancel',
    ]);
    for (const sid of ['ReadJournal', 'AskToCancel']) {
      expect(statements[sid]?.Condition).toEqual({
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['backend/production'] },
      });
    }
  });

  test('finds whose deployment an id is in an index of keys alone, and cannot approve', () => {
    expect(statements['FindDeployment']?.Action).toEqual(['dynamodb:Query']);
    expect(statements['FindDeployment']?.Resource.map(flat)).toEqual([
      expect.stringMatching(/\/index\/byId$/),
    ]);
    const [index] = ofType(stack, 'AWS::DynamoDB::Table').flatMap(
      ([, { Properties }]) => Properties.GlobalSecondaryIndexes ?? [],
    );
    expect(index).toMatchObject({ IndexName: 'byId', Projection: { ProjectionType: 'KEYS_ONLY' } });
    const actions = statementsOf(stack, id).flatMap(({ Action }) => Action as string[]);
    expect(actions.filter((action) => action.startsWith('states:'))).toEqual([
      'states:StartExecution',
      'states:DescribeExecution',
      'states:GetExecutionHistory',
      'states:SendTaskFailure',
    ]);
    expect(statements['EndWait']?.Resource).toEqual(statements['StartDeployment']?.Resource);
  });

  test('is not made unless the environment file asks for it', () => {
    const without = synthesized([changed('dev', () => {})])['lockstep-dev'];
    expect(ofType(without, 'AWS::IAM::OIDCProvider')).toEqual([]);
    expect(ofType(stack, 'AWS::IAM::OIDCProvider')).toHaveLength(1);
  });
});

test('an environment file that would let every branch deploy is refused', () => {
  const { environment } = changed('dev', () => {});
  const parsed = parseEnvironment({ ...environment, ci: { github: { repository: 'acme/shop' } } });
  expect(parsed).toEqual({
    problems: [{ path: 'ci.github', sentence: expect.stringContaining('every pull request could deploy') }],
  });
});
