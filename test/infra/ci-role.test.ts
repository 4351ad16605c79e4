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

  test('may do nothing else but upload sources, read the journal and ask to cancel', () => {
    expect(Object.keys(statements)).toEqual([
      'StartDeployment',
      'FollowDeployment',
      'UploadSource',
      'ToldWhatIsAbsent',
      'ReadJournal',
      'AskToCancel',
    ]);
    for (const sid of ['ReadJournal', 'AskToCancel']) {
      expect(statements[sid]?.Condition).toEqual({
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['backend/production'] },
      });
    }
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
