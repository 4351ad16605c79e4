/**
 * The role of a CI: it starts and reads executions of one environment, uploads sources, and may do nothing else. GitHub
 * Actions signs in by OIDC, so that no key lives anywhere.
 *
 * What IAM cannot tell apart is the *input* of an execution: whoever may start the machine of an environment may name each
 * of its services. Reading and uploading are limited to the services that are named; services whose deployers must not
 * trust each other belong into environments of their own.
 */
import { Duration } from 'aws-cdk-lib';
import { CfnOIDCProvider, FederatedPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Environment } from '../../core/environment.ts';
import { DEPLOYMENTS_BY_ID, stateMachineArn, stateMachineName } from '../../core/names.ts';
import { grant } from '../permission.ts';

type GitHub = NonNullable<Environment['ci']['github']>;

export interface CiRoleProps {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly github: GitHub;
  readonly region: string;
  readonly account: string;
  readonly artefactsArn: string;
  readonly deploymentsArn: string;
  readonly locksArn: string;
}

const ISSUER = 'token.actions.githubusercontent.com';

export class CiRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: CiRoleProps) {
    super(scope, id);
    const { environmentName, github, region, account } = props;
    // IAM knows GitHub's certificates itself; a thumbprint would only have to be kept up to date.
    const provider =
      github.provider ??
      new CfnOIDCProvider(this, 'GitHub', { url: `https://${ISSUER}`, clientIdList: ['sts.amazonaws.com'] })
        .attrArn;
    this.role = new Role(this, 'Role', {
      roleName: `lockstep-${environmentName}-ci`,
      description: `Lets ${github.repository} deploy to ${environmentName}.`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: new FederatedPrincipal(
        provider,
        {
          StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com' },
          StringLike: { [`${ISSUER}:sub`]: subjects(github) },
        },
        'sts:AssumeRoleWithWebIdentity',
      ),
    });
    const services = github.services ?? Object.keys(props.environment.services);
    const machine = stateMachineName(environmentName, 'deploy');
    const named = 'Executions are named after service, environment, commit and time.';
    const ofServices = {
      'ForAllValues:StringEquals': {
        'dynamodb:LeadingKeys': services.map((service) => `${service}/${environmentName}`),
      },
    };
    grant(this.role, [
      {
        sid: 'StartDeployment',
        actions: ['states:StartExecution'],
        resources: [stateMachineArn({ region, account }, environmentName, 'deploy')],
      },
      {
        sid: 'FollowDeployment',
        actions: ['states:DescribeExecution', 'states:GetExecutionHistory'],
        resources: services.map(
          (service) =>
            `arn:aws:states:${region}:${account}:execution:${machine}:${service}-${environmentName}-*`,
        ),
        why: named,
      },
      {
        sid: 'UploadSource',
        actions: ['s3:GetObject', 's3:PutObject'],
        resources: services.flatMap((service) => [
          `${props.artefactsArn}/sources/${service}/*`,
          `${props.artefactsArn}/branches/${service}/*`,
        ]),
        why: 'A source is named after its commit, and what is known of a branch after the branch.',
      },
      // Without it S3 answers 403 where it should say that a source is not there yet.
      { sid: 'ToldWhatIsAbsent', actions: ['s3:ListBucket'], resources: [props.artefactsArn] },
      {
        sid: 'ReadJournal',
        actions: ['dynamodb:GetItem', 'dynamodb:Query'],
        resources: [props.deploymentsArn],
        conditions: ofServices,
      },
      // The index holds no more than keys: whose deployment an id is. The entry itself is read under the condition above.
      {
        sid: 'FindDeployment',
        actions: ['dynamodb:Query'],
        resources: [`${props.deploymentsArn}/index/${DEPLOYMENTS_BY_ID}`],
      },
      // A deployment that waits for approval looks at nothing: its task is failed. The success that lets it go on is not given.
      {
        sid: 'EndWait',
        actions: ['states:SendTaskFailure'],
        resources: [stateMachineArn({ region, account }, environmentName, 'deploy')],
      },
      // `lockstep cancel` writes a wish into the lock; the deployment itself ends at its next look.
      {
        sid: 'AskToCancel',
        actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        resources: [props.locksArn],
        conditions: ofServices,
      },
    ]);
  }
}

/**
 * The `sub` claims of the jobs that may deploy, in both of GitHub's forms: with names, and, for repositories made,
 * renamed or moved since July 2026, with the numbers of owner and repository after an `@`. A number that the
 * environment file does not give is a wildcard: neither names nor numbers can hold an `@` or a `:`.
 */
export function subjects({ repository, ownerId, repositoryId, environment, branch }: GitHub): string[] {
  const [owner, name] = repository.split('/');
  const repositories = [`${owner}/${name}`, `${owner}@${ownerId ?? '*'}/${name}@${repositoryId ?? '*'}`];
  const jobs = [
    ...(environment === undefined ? [] : [`environment:${environment}`]),
    ...(branch === undefined ? [] : [`ref:refs/heads/${branch}`]),
  ];
  return repositories.flatMap((each) => jobs.map((job) => `repo:${each}:${job}`));
}
