/** A project to build with in a test world. */
import { BatchGetBuildsCommand, type Build, CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { TestWorld } from '../../setup/world.ts';

export const SERVICES = ['iam', 'logs', 'events', 'monitoring', 'secretsmanager', 's3', 'ecr', 'codebuild'];

/** A project `images` whose role may do all, a repository `app`, a bucket `artefacts`. */
export async function furnish(
  world: TestWorld,
  buildspec: string,
  artifacts: object = { Type: 'NO_ARTIFACTS' },
) {
  const make = (service: string, type: string, properties: object, logicalId: string) =>
    world.services
      .get(service)
      ?.provisioners?.[type]?.provision(properties as Record<string, unknown>, { stack: 's', logicalId });
  const role = await make(
    'iam',
    'AWS::IAM::Role',
    {
      RoleName: 'builder',
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        {
          PolicyName: 'p',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: ['logs:*', 's3:*', 'ecr:*'], Resource: '*' }],
          },
        },
      ],
    },
    'Role',
  );
  const repository = await make('ecr', 'AWS::ECR::Repository', { RepositoryName: 'app' }, 'Repository');
  await make('s3', 'AWS::S3::Bucket', { BucketName: 'artefacts' }, 'Bucket');
  await make(
    'codebuild',
    'AWS::CodeBuild::Project',
    {
      Name: 'images',
      ServiceRole: role?.attributes?.['Arn'],
      Source: { Type: 'NO_SOURCE', BuildSpec: buildspec },
      Artifacts: artifacts,
      Environment: { Type: 'ARM_CONTAINER', Image: 'x', ComputeType: 'BUILD_GENERAL1_SMALL' },
    },
    'Project',
  );
  return {
    repositoryUri: String(repository?.attributes?.['RepositoryUri']),
    codebuild: new CodeBuildClient(world.client),
  };
}

export async function finished(codebuild: CodeBuildClient, id: string): Promise<Build> {
  for (;;) {
    const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
    if (builds?.[0]?.buildComplete) return builds[0];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
