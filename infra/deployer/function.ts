/** One Lambda function with a role and a log group of its own. */
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, grant, type Permission } from '../permission.ts';

export interface DeployerFunctionProps {
  /** Its name in AWS, and its role's. */
  readonly name: string;
  readonly description: string;
  /** Folder of the bundle; without one, a stand-in that throws. */
  readonly code: string | undefined;
  readonly memory: number;
  readonly timeout: Duration;
  readonly variables: Readonly<Record<string, string>>;
  readonly permissions: readonly Permission[];
  readonly retention: RetentionDays;
  /** Subnets and security groups, where the function stands in a network: lists or the tokens of lists. */
  readonly network?: { readonly subnetIds: string[]; readonly securityGroupIds: string[] };
}

const STAND_IN = "exports.handler = async () => { throw new Error('synthesized without code'); };";

export class DeployerFunction extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: DeployerFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${props.name}`,
      retention: props.retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      roleName: props.name,
      description: `What ${props.name} may do.`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    grant(role, [
      ...props.permissions,
      {
        sid: 'WriteLogs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [this.logGroup.logGroupArn],
      },
    ]);
    acknowledge(role, '*', 'X-Ray knows no resource for writing segments.');
    this.function = new LambdaFunction(this, 'Function', {
      functionName: props.name,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: props.code === undefined ? Code.fromInline(STAND_IN) : Code.fromAsset(props.code),
      memorySize: props.memory,
      timeout: props.timeout,
      tracing: Tracing.ACTIVE,
      role,
      logGroup: this.logGroup,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.variables },
    });
    if (props.network) {
      const { subnetIds, securityGroupIds } = props.network;
      (this.function.node.defaultChild as CfnFunction).vpcConfig = { subnetIds, securityGroupIds };
    }
  }
}
