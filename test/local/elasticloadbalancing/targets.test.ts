import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../local/clock.ts';
import type { TargetsPort } from '../../../local/ports.ts';
import type { Service } from '../../../local/service.ts';
import { create } from '../../../local/services/elasticloadbalancing/service.ts';
import { call, type FakeWorld, fakeWorld, provision } from '../ecs/world.ts';

/** Health checks over hours, in milliseconds: the targets are functions, the clock is virtual. */
let world: FakeWorld;
let service: Service;
let targets: TargetsPort;
let group: string;
const target = { id: '127.0.16.2', port: 4000 };

beforeEach(async () => {
  world = fakeWorld({ clock: new VirtualClock() });
  const made = create(world);
  service = made.service;
  targets = made.ports?.targets as TargetsPort;
  group = (
    await provision(service, 'AWS::ElasticLoadBalancingV2::TargetGroup', 'Group', {
      Port: 4000,
      TargetType: 'ip',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 30,
      HealthyThresholdCount: 3,
      UnhealthyThresholdCount: 2,
      Matcher: { HttpCode: '200-204,301' },
    })
  ).ref;
});

afterEach(async () => {
  await service.stop?.();
  world.dispose();
});

async function attach() {
  const balancer = await provision(service, 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'Balancer', {});
  const listener = await provision(service, 'AWS::ElasticLoadBalancingV2::Listener', 'Listener', {
    LoadBalancerArn: balancer.ref,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
  });
  return listener.ref;
}

/** Every change of the target's state, with the virtual second at which it came. */
function history(): { at: number; state: string; description: string | undefined }[] {
  const seen: { at: number; state: string; description: string | undefined }[] = [];
  const start = world.clock.now();
  targets.watch((arn, one) => {
    const { state, description } = targets.health(arn, one);
    seen.push({ at: (world.clock.now() - start) / 1000, state, description });
  });
  return seen;
}

test('one success makes a new target healthy; afterwards the thresholds count', async () => {
  await attach();
  const seen = history();
  const start = world.clock.now();
  const second = () => (world.clock.now() - start) / 1000;
  targets.register(group, target, async () => {
    if (second() < 12) return 'refused';
    if (second() < 100) return { status: 204 };
    if (second() < 200) return { status: 500 };
    if (second() < 300) return { status: 301 };
    return 'timeout';
  });
  await world.clock.sleep(400_000);
  expect(seen).toEqual([
    { at: 0, state: 'initial', description: 'Initial health checks in progress' },
    { at: 12, state: 'healthy', description: undefined },
    { at: 132, state: 'unhealthy', description: 'Health checks failed with these codes: [500]' },
    { at: 282, state: 'healthy', description: undefined },
    { at: 342, state: 'unhealthy', description: 'Request timed out' },
  ]);
});

test('a target that never answers is initial until the unhealthy threshold is reached', async () => {
  await attach();
  const seen = history();
  targets.register(group, target, async () => 'refused');
  await world.clock.sleep(60_000);
  expect(seen.map(({ at, state }) => [at, state])).toEqual([
    [0, 'initial'],
    [30, 'unhealthy'],
  ]);
  expect(targets.health(group, target)).toEqual({
    state: 'unhealthy',
    reason: 'Target.FailedHealthChecks',
    description: 'Health checks failed',
  });
});

test('a target of a group without a listener is unused until a listener forwards to it', async () => {
  targets.register(group, target, async () => ({ status: 200 }));
  expect(targets.health(group, target)).toMatchObject({ state: 'unused', reason: 'Target.NotInUse' });
  await attach();
  await world.clock.sleep(1000);
  expect(targets.health(group, target).state).toBe('healthy');
  expect(await targets.ask(group, '/')).toEqual({ status: 200 });
});

test('a rule by path or host goes before the listener’s own action; fixed answers and redirects are given', async () => {
  const listener = await attach();
  const rule = (logicalId: string, Priority: number, Conditions: unknown[], Actions: unknown[]) =>
    provision(service, 'AWS::ElasticLoadBalancingV2::ListenerRule', logicalId, {
      ListenerArn: listener,
      Priority,
      Conditions,
      Actions,
    });
  await rule(
    'Maintenance',
    1,
    [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/admin/*'] } }],
    [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '418', MessageBody: 'no' } }],
  );
  await rule(
    'Old',
    2,
    [{ Field: 'path-pattern', Values: ['/old'] }],
    [{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301', Path: '/new' } }],
  );
  const { Listeners } = await call<{ Listeners: { Port: number }[] }>(service, 'DescribeListeners', {
    ListenerArns: [listener],
  });
  const base = `http://127.0.0.1:${Listeners[0]?.Port}`;
  const admin = await fetch(`${base}/admin/users`);
  expect([admin.status, await admin.text()]).toEqual([418, 'no']);
  const old = await fetch(`${base}/old?a=1`, { redirect: 'manual' });
  expect([old.status, old.headers.get('location')]).toEqual([301, `${base}/new?a=1`]);
  const { Rules } = await call<{ Rules: { Priority: string; IsDefault: boolean }[] }>(
    service,
    'DescribeRules',
    {
      ListenerArn: listener,
    },
  );
  expect(Rules.map(({ Priority, IsDefault }) => [Priority, IsDefault])).toEqual([
    ['1', false],
    ['2', false],
    ['default', true],
  ]);
});

test('what is not supported is refused by name', async () => {
  await expect(
    call(service, 'ModifyTargetGroupAttributes', {
      TargetGroupArn: group,
      Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }],
    }),
  ).rejects.toThrow('stickiness.enabled true is not supported');
  await expect(
    provision(service, 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'Net', { Type: 'network' }),
  ).rejects.toThrow('Type network is not supported');
  await expect(
    call(service, 'ModifyTargetGroup', { TargetGroupArn: group, HealthCheckIntervalSeconds: 1 }),
  ).rejects.toThrow('must be between 5 and 300');
  await expect(call(service, 'DescribeTargetHealth', { TargetGroupArn: 'arn:x' })).rejects.toMatchObject({
    code: 'TargetGroupNotFoundException',
    message: 'One or more target groups not found',
  });
});
