/**
 * The managed policies of AWS that templates name, as AWS publishes them. One that is not here is an error when the
 * role is made: what it allows would otherwise be a guess.
 */
const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

const allow = (actions: readonly string[], resource = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: resource }],
});

export const awsManagedPolicies: Readonly<Record<string, unknown>> = {
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': allow(logs),
  'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole': allow([
    ...logs,
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ]),
  'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy': allow([
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchGetImage',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ]),
  'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess': allow([
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:GetSamplingStatisticSummaries',
  ]),
  'arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole': allow(
    [
      'logs:CreateLogGroup',
      'logs:PutRetentionPolicy',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'logs:DescribeLogStreams',
      'logs:GetLogEvents',
    ],
    'arn:aws:logs:*:*:log-group:RDS*',
  ),
};
