import http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, expect, test } from '@jest/globals';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'monitoring', 'events', 'elasticloadbalancing'] });
const client = new elb.ElasticLoadBalancingV2Client(world.client);
const provisioners = world.services.get('elasticloadbalancing')?.provisioners ?? {};
const make = async (type: string, logicalId: string, properties: Record<string, unknown>) =>
  String(
    (
      await provisioners[`AWS::ElasticLoadBalancingV2::${type}`]?.provision(properties, {
        stack: 'test',
        logicalId,
      })
    )?.ref,
  );

const LoadBalancerArn = await make('LoadBalancer', 'Balancer', {
  Name: 'front',
  Subnets: ['subnet-a', 'subnet-b'],
  Tags: [{ Key: 'team', Value: 'web' }],
});
const TargetGroupArn = await make('TargetGroup', 'Group', {
  Name: 'backend',
  Port: 4000,
  Protocol: 'HTTP',
  TargetType: 'ip',
  HealthCheckPath: '/health',
});
const ListenerArn = await make('Listener', 'Listener', {
  LoadBalancerArn,
  Port: 80,
  Protocol: 'HTTP',
  DefaultActions: [{ Type: 'forward', TargetGroupArn }],
});
const RuleArn = await make('ListenerRule', 'Rule', {
  ListenerArn,
  Priority: 1,
  Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/teapot'] } }],
  Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '418' } }],
});

const backend = http.createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
await new Promise((resolve) => backend.once('listening', resolve));
const Target = { Id: '127.0.0.1', Port: (backend.address() as AddressInfo).port };
afterAll(() => {
  backend.closeAllConnections();
  backend.close();
});

test('DescribeLoadBalancers: by name, by ARN, all; a name that is not there', async () => {
  const { LoadBalancers } = await client.send(new elb.DescribeLoadBalancersCommand({ Names: ['front'] }));
  expect(LoadBalancers).toMatchObject([
    {
      LoadBalancerArn,
      LoadBalancerName: 'front',
      DNSName: 'localhost',
      Type: 'application',
      State: { Code: 'active' },
      AvailabilityZones: [{ SubnetId: 'subnet-a' }, { SubnetId: 'subnet-b' }],
    },
  ]);
  expect(LoadBalancers?.[0]?.CreatedTime).toBeInstanceOf(Date);
  await expect(client.send(new elb.DescribeLoadBalancersCommand({ Names: ['none'] }))).rejects.toMatchObject({
    name: 'LoadBalancerNotFoundException',
    message: "Load balancers '[none]' not found",
  });
});

test('DescribeTargetGroups: of a load balancer', async () => {
  const { TargetGroups } = await client.send(new elb.DescribeTargetGroupsCommand({ LoadBalancerArn }));
  expect(TargetGroups).toMatchObject([
    {
      TargetGroupArn,
      Port: 4000,
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 30,
      Matcher: { HttpCode: '200' },
      LoadBalancerArns: [LoadBalancerArn],
    },
  ]);
});

test('DescribeListeners: tells the port that the front door really has', async () => {
  const { Listeners } = await client.send(new elb.DescribeListenersCommand({ LoadBalancerArn }));
  expect(Listeners).toMatchObject([{ ListenerArn, Protocol: 'HTTP', DefaultActions: [{ TargetGroupArn }] }]);
  expect((await fetch(`http://localhost:${Listeners?.[0]?.Port}/teapot`)).status).toBe(418);
});

test('DescribeRules: with the default rule last', async () => {
  const { Rules } = await client.send(new elb.DescribeRulesCommand({ ListenerArn }));
  expect(Rules).toMatchObject([
    { RuleArn, Priority: '1' },
    { Priority: 'default', IsDefault: true },
  ]);
  const one = await client.send(new elb.DescribeRulesCommand({ RuleArns: [RuleArn] }));
  expect(one.Rules).toMatchObject([{ Conditions: [{ Field: 'path-pattern' }] }]);
});

test('RegisterTargets, DescribeTargetHealth, DeregisterTargets: a target comes, serves, goes', async () => {
  await client.send(new elb.RegisterTargetsCommand({ TargetGroupArn, Targets: [Target] }));
  let state: string | undefined;
  while (state !== 'healthy') {
    const { TargetHealthDescriptions } = await client.send(
      new elb.DescribeTargetHealthCommand({ TargetGroupArn }),
    );
    expect(TargetHealthDescriptions).toMatchObject([{ Target, HealthCheckPort: String(Target.Port) }]);
    state = TargetHealthDescriptions?.[0]?.TargetHealth?.State;
  }
  const { Listeners } = await client.send(new elb.DescribeListenersCommand({ LoadBalancerArn }));
  expect(await (await fetch(`http://localhost:${Listeners?.[0]?.Port}/`)).text()).toBe('hello');
  await client.send(new elb.DeregisterTargetsCommand({ TargetGroupArn, Targets: [Target] }));
  const { TargetHealthDescriptions } = await client.send(
    new elb.DescribeTargetHealthCommand({ TargetGroupArn, Targets: [Target] }),
  );
  expect(['draining', 'unused']).toContain(TargetHealthDescriptions?.[0]?.TargetHealth?.State);
  await expect(
    client.send(new elb.RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: 'i-123' }] })),
  ).rejects.toMatchObject({ name: 'InvalidTargetException' });
});

test('ModifyTargetGroup and its attributes: kept, shown, checked', async () => {
  const { TargetGroups } = await client.send(
    new elb.ModifyTargetGroupCommand({
      TargetGroupArn,
      HealthCheckPath: '/other',
      Matcher: { HttpCode: '200-299' },
    }),
  );
  expect(TargetGroups?.[0]).toMatchObject({ HealthCheckPath: '/other', Matcher: { HttpCode: '200-299' } });
  const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '7' }];
  await client.send(new elb.ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
  const shown = await client.send(new elb.DescribeTargetGroupAttributesCommand({ TargetGroupArn }));
  expect(shown.Attributes).toContainEqual(Attributes[0]);
  await expect(
    client.send(
      new elb.ModifyTargetGroupAttributesCommand({
        TargetGroupArn,
        Attributes: [{ Key: 'nonesuch', Value: '1' }],
      }),
    ),
  ).rejects.toThrow("Target group attribute key 'nonesuch' is not recognized");
});

test('DescribeLoadBalancerAttributes', async () => {
  const { Attributes } = await client.send(
    new elb.DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }),
  );
  expect(Attributes).toContainEqual({ Key: 'idle_timeout.timeout_seconds', Value: '60' });
});

test('DescribeTags', async () => {
  const { TagDescriptions } = await client.send(
    new elb.DescribeTagsCommand({ ResourceArns: [LoadBalancerArn] }),
  );
  expect(TagDescriptions).toEqual([{ ResourceArn: LoadBalancerArn, Tags: [{ Key: 'team', Value: 'web' }] }]);
});
