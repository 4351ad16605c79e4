/**
 * Resource types that mean nothing in the embedded AWS, each with the reason. They are not made, but other resources
 * may refer to them, so that each has a `Ref` and attributes of the form that AWS gives.
 */
import { createHash } from 'node:crypto';
import type { Place, Provisioned } from '../service.ts';
import { physicalName } from './names.ts';

export interface IgnoredType {
  readonly reason: string;
  /** What references to it give; where it is left out, `Ref` is a name and there are no attributes. */
  stand?(place: IgnoredPlace, properties: Readonly<Record<string, unknown>>): Provisioned;
}

export interface IgnoredPlace extends Pick<Place, 'stack' | 'logicalId'> {
  readonly account: string;
  readonly region: string;
}

const network = 'There is one loopback network: a task is reached at its own address, and nothing is routed.';
const firewall = 'Nothing filters traffic on the loopback network.';
const keys = 'State is not encrypted at rest.';

/** Seventeen hexadecimal digits that follow from the place, as EC2's ids have. */
function hex({ stack, logicalId }: Pick<Place, 'stack' | 'logicalId'>, digits = 17): string {
  return createHash('sha256').update(`${stack}/${logicalId}`).digest('hex').slice(0, digits);
}

/** `PREFIX-hex`, also given by the attribute of this name. */
const ec2 =
  (prefix: string, attribute: string, more: (place: IgnoredPlace) => Record<string, unknown> = () => ({})) =>
  (place: IgnoredPlace): Provisioned => {
    const ref = `${prefix}-${hex(place)}`;
    return { ref, attributes: { [attribute]: ref, ...more(place) } };
  };

export const ignoredTypes: Readonly<Record<string, IgnoredType>> = {
  'AWS::EC2::VPC': {
    reason: network,
    stand: (place, properties) => {
      const ref = `vpc-${hex(place)}`;
      return {
        ref,
        attributes: {
          VpcId: ref,
          CidrBlock: properties['CidrBlock'] ?? '10.0.0.0/16',
          DefaultSecurityGroup: `sg-${hex({ ...place, logicalId: `${place.logicalId}/default` })}`,
        },
      };
    },
  },
  'AWS::EC2::Subnet': {
    reason: network,
    stand: (place, properties) => {
      const ref = `subnet-${hex(place)}`;
      return {
        ref,
        attributes: {
          SubnetId: ref,
          VpcId: properties['VpcId'],
          AvailabilityZone: properties['AvailabilityZone'],
          CidrBlock: properties['CidrBlock'],
        },
      };
    },
  },
  'AWS::EC2::RouteTable': { reason: network, stand: ec2('rtb', 'RouteTableId') },
  'AWS::EC2::Route': { reason: network },
  'AWS::EC2::SubnetRouteTableAssociation': { reason: network },
  'AWS::EC2::InternetGateway': { reason: network, stand: ec2('igw', 'InternetGatewayId') },
  'AWS::EC2::VPCGatewayAttachment': { reason: network },
  'AWS::EC2::EIP': {
    reason: network,
    stand: (place) => ({
      ref: '203.0.113.10',
      attributes: { AllocationId: `eipalloc-${hex(place)}`, PublicIp: '203.0.113.10' },
    }),
  },
  'AWS::EC2::NatGateway': { reason: network, stand: ec2('nat', 'NatGatewayId') },
  'AWS::EC2::VPCEndpoint': { reason: network, stand: ec2('vpce', 'Id') },
  'AWS::EC2::FlowLog': { reason: network, stand: ec2('fl', 'Id') },
  'AWS::EC2::SecurityGroup': {
    reason: firewall,
    stand: (place, properties) => {
      const ref = `sg-${hex(place)}`;
      return { ref, attributes: { GroupId: ref, Id: ref, VpcId: properties['VpcId'] } };
    },
  },
  'AWS::EC2::SecurityGroupIngress': { reason: firewall },
  'AWS::EC2::SecurityGroupEgress': { reason: firewall },
  'Custom::VpcRestrictDefaultSG': { reason: firewall },
  'AWS::KMS::Key': {
    reason: keys,
    stand: (place) => {
      const digits = hex(place, 32);
      const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      return {
        ref: id,
        attributes: { KeyId: id, Arn: `arn:aws:kms:${place.region}:${place.account}:key/${id}` },
      };
    },
  },
  'AWS::KMS::Alias': { reason: keys },
  'AWS::CDK::Metadata': { reason: 'It is about CDK itself.' },
  'AWS::Logs::ResourcePolicy': { reason: 'Only identity-based policies are evaluated.' },
  'AWS::SNS::TopicPolicy': { reason: 'Only identity-based policies are evaluated.' },
  'AWS::SQS::QueuePolicy': { reason: 'Only identity-based policies are evaluated.' },
  'AWS::SQS::Queue': {
    reason: 'Dead letters go to the output of the embedded AWS instead of a queue.',
    stand: (place, properties) => {
      const name = (properties['QueueName'] as string | undefined) ?? physicalName(place, 80);
      return {
        ref: `https://sqs.${place.region}.amazonaws.com/${place.account}/${name}`,
        attributes: { Arn: `arn:aws:sqs:${place.region}:${place.account}:${name}`, QueueName: name },
      };
    },
  },
  'AWS::CloudWatch::Dashboard': { reason: 'The metrics are there; nothing draws a dashboard.' },
  'Custom::S3AutoDeleteObjects': { reason: 'Buckets go with the folder that holds the state.' },
};

export function ignoredResource(
  type: string,
  place: IgnoredPlace,
  properties: Readonly<Record<string, unknown>>,
): Provisioned | undefined {
  const ignored = ignoredTypes[type];
  if (!ignored) return undefined;
  return ignored.stand?.(place, properties) ?? { ref: physicalName(place, 128) };
}
