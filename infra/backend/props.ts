import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import type { Environment, ServiceConfiguration } from '../../core/environment.ts';

/** What the parts of one service are made from. */
export interface BackendServiceProps {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly name: string;
  readonly service: ServiceConfiguration;
  readonly vpc: IVpc;
  readonly cluster: ICluster;
}
