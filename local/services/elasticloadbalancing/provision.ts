/** The CloudFormation types of the load balancer. */
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Place, type Provisioner, unsupported, type World } from '../../service.ts';
import { DNS_NAME } from './describe.ts';
import {
  arnOf,
  fullName,
  identifier,
  type Listener,
  LOAD_BALANCER_DEFAULTS,
  type LoadBalancer,
  type Rule,
  TARGET_GROUP_DEFAULTS,
  type TargetGroup,
} from './model.ts';
import { CONDITION_FIELDS } from './routing.ts';
import {
  type Attribute,
  healthCheck,
  setLoadBalancerAttributes,
  setTargetGroupAttributes,
} from './settings.ts';
import type { State } from './state.ts';
import type { Targets } from './targets.ts';

type Given = Readonly<Record<string, unknown>>;

const ONE_MACHINE = 'Everything is on this machine: there is no network to choose.';

export interface Opening {
  /** Opens the front door of a listener, if it is not open yet, and returns its port. */
  open(listener: Listener): Promise<number>;
}

export function provisioners(
  state: State,
  targets: Targets,
  opening: Opening,
): Readonly<Record<string, Provisioner>> {
  const { world } = state;
  return {
    'AWS::ElasticLoadBalancingV2::LoadBalancer': {
      honours: ['Name', 'Scheme', 'Type', 'Subnets', 'SecurityGroups', 'LoadBalancerAttributes', 'Tags'],
      ignores: { SubnetMappings: ONE_MACHINE, IpAddressType: ONE_MACHINE },
      provision(given, place) {
        if (given['Type'] !== undefined && given['Type'] !== 'application') {
          throw unsupported('AWS::ElasticLoadBalancingV2::LoadBalancer', `Type ${given['Type']}`);
        }
        const name = nameOf(world, given['Name'], place);
        const arn = arnOf(world, `loadbalancer/app/${name}/${identifier(place.stack, place.logicalId)}`);
        const balancer: LoadBalancer = {
          arn,
          name,
          scheme: String(given['Scheme'] ?? 'internet-facing'),
          vpcId: '',
          subnets: strings(given['Subnets']),
          securityGroups: strings(given['SecurityGroups']),
          createdAt: state.loadBalancers.get(arn)?.createdAt ?? world.clock.now(),
          attributes: { ...LOAD_BALANCER_DEFAULTS },
          tags: tagsOf(given['Tags']),
        };
        setLoadBalancerAttributes(balancer, (given['LoadBalancerAttributes'] ?? []) as Attribute[]);
        state.loadBalancers.set(arn, balancer);
        return {
          ref: arn,
          attributes: {
            LoadBalancerArn: arn,
            DNSName: DNS_NAME,
            CanonicalHostedZoneID: 'Z35SXDOTRQ7X7K',
            LoadBalancerFullName: fullName(arn),
            LoadBalancerName: name,
            SecurityGroups: balancer.securityGroups,
          },
        };
      },
    },

    'AWS::ElasticLoadBalancingV2::TargetGroup': {
      honours: [
        'Name',
        'Port',
        'Protocol',
        'ProtocolVersion',
        'TargetType',
        'VpcId',
        'HealthCheckEnabled',
        'HealthCheckIntervalSeconds',
        'HealthCheckPath',
        'HealthCheckPort',
        'HealthCheckProtocol',
        'HealthCheckTimeoutSeconds',
        'HealthyThresholdCount',
        'UnhealthyThresholdCount',
        'Matcher',
        'TargetGroupAttributes',
        'Targets',
        'Tags',
      ],
      ignores: { IpAddressType: ONE_MACHINE },
      provision: (given, place) => targetGroup(state, targets, given, place),
    },

    'AWS::ElasticLoadBalancingV2::Listener': {
      honours: ['LoadBalancerArn', 'Port', 'Protocol', 'DefaultActions', 'Tags'],
      ignores: {
        Certificates: 'The front door speaks HTTP, on this machine only.',
        SslPolicy: 'The front door speaks HTTP, on this machine only.',
      },
      async provision(given, place) {
        const balancer = state.loadBalancer(String(given['LoadBalancerArn']));
        const id = identifier(place.stack, place.logicalId);
        const arn = arnOf(world, `listener/${fullName(balancer.arn)}/${id}`);
        const listener: Listener = {
          arn,
          loadBalancerArn: balancer.arn,
          protocol: String(given['Protocol'] ?? 'HTTP'),
          port: state.listeners.get(arn)?.port ?? 0,
          defaultActions: actionsOf(given['DefaultActions']),
        };
        state.listeners.set(arn, listener);
        listener.port = await opening.open(listener);
        state.listeners.set(arn, listener);
        targets.reconsider();
        return { ref: arn, attributes: { ListenerArn: arn } };
      },
    },

    'AWS::ElasticLoadBalancingV2::ListenerRule': {
      honours: ['ListenerArn', 'Priority', 'Conditions', 'Actions'],
      provision(given, place) {
        const listener = state.listener(String(given['ListenerArn']));
        const id = identifier(place.stack, place.logicalId);
        const arn = `${listener.arn.replace(':listener/', ':listener-rule/')}/${id}`;
        const conditions = (given['Conditions'] ?? []) as elb.RuleCondition[];
        for (const { Field } of conditions) {
          if (!CONDITION_FIELDS.includes(Field ?? '')) {
            throw unsupported('AWS::ElasticLoadBalancingV2::ListenerRule', `Conditions.Field ${Field}`);
          }
        }
        const rule: Rule = {
          arn,
          listenerArn: listener.arn,
          priority: Number(given['Priority']),
          conditions,
          actions: actionsOf(given['Actions']),
        };
        state.rules.set(arn, rule);
        targets.reconsider();
        return { ref: arn, attributes: { RuleArn: arn, IsDefault: false } };
      },
    },
  };
}

function targetGroup(state: State, targets: Targets, given: Given, place: Place) {
  const { world } = state;
  for (const [property, allowed] of Object.entries({
    Protocol: ['HTTP'],
    ProtocolVersion: ['HTTP1'],
    TargetType: ['ip', 'instance'],
    HealthCheckEnabled: [true, 'true'],
  })) {
    const value = given[property];
    if (value !== undefined && !(allowed as unknown[]).includes(value)) {
      throw unsupported('AWS::ElasticLoadBalancingV2::TargetGroup', `${property} ${value}`);
    }
  }
  const name = nameOf(world, given['Name'], place);
  const arn = arnOf(world, `targetgroup/${name}/${identifier(place.stack, place.logicalId)}`);
  const group: TargetGroup = {
    arn,
    name,
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    port: Number(given['Port'] ?? 80),
    vpcId: String(given['VpcId'] ?? ''),
    targetType: String(given['TargetType'] ?? 'instance'),
    healthCheck: healthCheck(given, {
      protocol: 'HTTP',
      port: 'traffic-port',
      path: '/',
      interval: 30,
      timeout: 5,
      healthyThreshold: 5,
      unhealthyThreshold: 2,
      matcher: '200',
    }),
    attributes: { ...TARGET_GROUP_DEFAULTS },
    tags: tagsOf(given['Tags']),
    targets: state.targetGroups.get(arn)?.targets ?? [],
  };
  setTargetGroupAttributes(group, (given['TargetGroupAttributes'] ?? []) as Attribute[]);
  for (const target of (given['Targets'] ?? []) as { Id: string; Port?: number }[]) {
    const address = { id: target.Id, port: Number(target.Port ?? group.port) };
    if (!group.targets.some((known) => known.id === address.id && known.port === address.port)) {
      group.targets.push(address);
    }
  }
  state.targetGroups.set(arn, group);
  for (const target of group.targets) targets.register(arn, target);
  return {
    ref: arn,
    attributes: {
      TargetGroupArn: arn,
      TargetGroupFullName: fullName(arn),
      TargetGroupName: name,
      LoadBalancerArns: state.servedBy(arn),
    },
  };
}

function actionsOf(given: unknown): elb.Action[] {
  const actions = (given ?? []) as elb.Action[];
  for (const action of actions) {
    if (!['forward', 'redirect', 'fixed-response'].includes(action.Type ?? '')) {
      throw unsupported('AWS::ElasticLoadBalancingV2::Listener', `Actions.Type ${action.Type}`);
    }
  }
  return actions;
}

/** CloudFormation makes up a name where the template gives none: at most 32 characters, unique to the resource. */
function nameOf(world: World, given: unknown, place: Place): string {
  if (typeof given === 'string') return given;
  const unique = identifier(world.region, place.stack, place.logicalId).slice(0, 12);
  return `${place.stack.slice(0, 5)}-${place.logicalId.slice(0, 12)}-${unique}`;
}

function tagsOf(given: unknown): Record<string, string> {
  return Object.fromEntries(
    ((given ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
  );
}

function strings(given: unknown): string[] {
  return Array.isArray(given) ? given.map(String) : [];
}
