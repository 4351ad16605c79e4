/** The CodeBuild project that makes images: arm64 as the tasks are, with a Docker engine of its own. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  Artifacts,
  BuildSpec,
  Cache,
  ComputeType,
  LinuxArmBuildImage,
  LocalCacheMode,
  Project,
  Source,
} from 'aws-cdk-lib/aws-codebuild';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { buildProjectName } from '../../core/names.ts';
import { BUILDSPEC } from '../buildspec.ts';
import { grant } from '../permission.ts';

export interface BuildProjectProps {
  readonly environmentName: string;
  readonly artefacts: IBucket;
  readonly repositoryArns: readonly string[];
  readonly retention: RetentionDays;
}

export class BuildProject extends Construct {
  readonly project: Project;

  constructor(scope: Construct, id: string, props: BuildProjectProps) {
    super(scope, id);
    const name = buildProjectName(props.environmentName);
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/codebuild/${name}`,
      retention: props.retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      // The function `build` has the project's own name already.
      roleName: `${name}-project`,
      description: 'What a build may do: read its source, push its image, leave its manifest.',
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com'),
    });
    const objects = 'Keys are not known before the objects exist.';
    grant(role, [
      {
        sid: 'PushImage',
        actions: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:CompleteLayerUpload',
          'ecr:GetDownloadUrlForLayer',
          'ecr:InitiateLayerUpload',
          'ecr:PutImage',
          'ecr:UploadLayerPart',
        ],
        resources: props.repositoryArns,
      },
      {
        sid: 'SignInToRegistry',
        actions: ['ecr:GetAuthorizationToken'],
        resources: ['*'],
        why: 'The token is the account’s; ECR knows no resource for it.',
      },
      {
        sid: 'ReadSource',
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: [props.artefacts.arnForObjects('sources/*')],
        why: objects,
      },
      {
        sid: 'LeaveManifest',
        actions: ['s3:PutObject'],
        resources: [props.artefacts.arnForObjects('builds/*')],
        why: objects,
      },
      {
        sid: 'FindBucket',
        actions: ['s3:GetBucketAcl', 's3:GetBucketLocation'],
        resources: [props.artefacts.bucketArn],
      },
      {
        sid: 'WriteLog',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      },
    ]);
    this.project = new Project(this, 'Project', {
      projectName: name,
      description: `Builds the images of ${props.environmentName} from a source archive.`,
      // The role is complete: what the CDK would add by itself is wider.
      role: role.withoutPolicyUpdates(),
      // Every build names its own source; this one is never there.
      source: Source.s3({ bucket: props.artefacts, path: 'sources/none.zip' }),
      // builds/BUILD-ID/release/release.json
      artifacts: Artifacts.s3({
        bucket: props.artefacts,
        path: 'builds',
        name: 'release',
        includeBuildId: true,
        packageZip: false,
        encryption: false,
      }),
      buildSpec: BuildSpec.fromObjectToYaml(BUILDSPEC),
      environment: {
        buildImage: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_4_0,
        computeType: ComputeType.SMALL,
        privileged: true,
      },
      cache: Cache.local(LocalCacheMode.DOCKER_LAYER, LocalCacheMode.CUSTOM),
      logging: { cloudWatch: { logGroup } },
      timeout: Duration.minutes(60),
      queuedTimeout: Duration.hours(1),
      grantReportGroupPermissions: false,
    });
    this.project.node.addDependency(role);
    Validations.of(this.project).acknowledge(
      {
        id: 'AwsSolutions-CB4',
        reason: 'The artefact is a manifest of what is in the image; S3 encrypts it with its own key.',
      },
      {
        id: 'AwsSolutions-CB3',
        reason: 'The build runs a Docker engine of its own, which needs privileged mode.',
      },
    );
  }
}
