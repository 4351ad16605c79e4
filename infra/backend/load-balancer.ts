/** What the world reaches: a load balancer, its target group on the health path, and a listener. */
import { Duration, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.ts';
import { taskFamily } from '../../core/names.ts';
import type { BackendServiceProps } from './props.ts';

export interface LoadBalancing {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targetGroup: ApplicationTargetGroup;
}

export function loadBalancing(scope: Construct, props: BackendServiceProps): LoadBalancing {
  const loadBalancer = makeLoadBalancer(scope, props);
  const targetGroup = makeTargetGroup(scope, props);
  listen(scope, loadBalancer, targetGroup, props.environment);
  return { loadBalancer, targetGroup };
}

function makeLoadBalancer(
  scope: Construct,
  { vpc, environmentName, environment, name }: BackendServiceProps,
): ApplicationLoadBalancer {
  const wanted = taskFamily(environmentName, name);
  const made = new ApplicationLoadBalancer(scope, 'LoadBalancer', {
    // A longer name than ELB takes is left to CloudFormation.
    ...(wanted.length <= 32 ? { loadBalancerName: wanted } : {}),
    vpc,
    internetFacing: true,
    deletionProtection: environment.stack.deletionProtection,
    dropInvalidHeaderFields: true,
  });
  Validations.of(made).acknowledge(
    {
      id: 'AwsSolutions-ELB2',
      reason:
        'Requests are counted by CloudWatch and told by the service’s own log; access logs would need a bucket per region.',
    },
    {
      id: 'AwsSolutions-EC23',
      reason: 'A public web service: its load balancer is what the world may reach.',
    },
  );
  return made;
}

function makeTargetGroup(scope: Construct, { vpc, service }: BackendServiceProps): ApplicationTargetGroup {
  const check = service.health.targetCheck;
  return new ApplicationTargetGroup(scope, 'TargetGroup', {
    vpc,
    port: service.port,
    protocol: ApplicationProtocol.HTTP,
    targetType: TargetType.IP,
    // It dominates the time of a deployment: ELB's own default is five minutes.
    deregistrationDelay: Duration.seconds(check.drainSeconds),
    healthCheck: {
      path: service.health.path,
      healthyHttpCodes: '200',
      interval: Duration.seconds(check.intervalSeconds),
      timeout: Duration.seconds(check.timeoutSeconds),
      healthyThresholdCount: check.healthyThreshold,
      unhealthyThresholdCount: check.unhealthyThreshold,
    },
  });
}

function listen(
  scope: Construct,
  loadBalancer: ApplicationLoadBalancer,
  targetGroup: ApplicationTargetGroup,
  { stack }: Environment,
): void {
  if (!stack.certificate) {
    loadBalancer.addListener('Http', { port: 80, defaultTargetGroups: [targetGroup] });
    return;
  }
  loadBalancer.addListener('Https', {
    port: 443,
    certificates: [Certificate.fromCertificateArn(scope, 'Certificate', stack.certificate)],
    defaultTargetGroups: [targetGroup],
  });
  loadBalancer.addRedirect();
}
