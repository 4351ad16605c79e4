/** Roles for contract tests that show what a policy allows and what it does not. */
import type { ClientSettings, TestWorld } from '../../setup/world.ts';

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: object;
}

/** Client settings of a session of a new role with these statements; `trusted` may assume it. */
export async function sessionOf(
  world: TestWorld,
  RoleName: string,
  statements: readonly Statement[],
  trusted = 'lambda.amazonaws.com',
): Promise<ClientSettings> {
  await world.services.get('iam')?.provisioners?.['AWS::IAM::Role']?.provision(
    {
      RoleName,
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: trusted } }],
      },
      Policies: [
        {
          PolicyName: 'allowed',
          PolicyDocument: {
            Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
          },
        },
      ],
    },
    { stack: 'test', logicalId: RoleName },
  );
  return world.as(`arn:aws:iam::000000000000:role/${RoleName}`);
}
