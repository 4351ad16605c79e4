import { VirtualClock } from '../../../local/clock.ts';
import { create } from '../../../local/services/application-autoscaling/service.ts';
import { bareWorld } from '../events/bare-world.ts';

const RESOURCE = 'service/main/backend';
const place = { stack: 'test', logicalId: 'X' };

function open(load: (at: number) => number | undefined) {
  const clock = new VirtualClock(Date.UTC(2026, 10, 24, 9, 0, 30));
  const start = clock.now();
  const ecs = { desired: 2, deploying: false };
  const changes: { minute: number; desired: number; reason: string }[] = [];
  const world = bareWorld(
    {
      ecs: {
        service: (cluster, service) =>
          cluster === 'main' && service === 'backend'
            ? { desired: ecs.desired, running: ecs.desired }
            : undefined,
        setDesired(_cluster, _service, desired, reason) {
          ecs.desired = desired;
          changes.push({ minute: Math.floor((clock.now() - start) / 60_000), desired, reason });
        },
      },
      metrics: {
        put: () => {},
        inAlarm: () => [],
        statistics({ name, dimensions }, from) {
          const value =
            dimensions['ServiceName'] === 'backend' && name === 'CPUUtilization' ? load(from) : undefined;
          return value === undefined ? undefined : { count: 1, sum: value, minimum: value, maximum: value };
        },
      },
      dispatch: {
        call: async () => ({
          services: [{ deployments: [{ rolloutState: ecs.deploying ? 'IN_PROGRESS' : 'COMPLETED' }] }],
        }),
      },
    },
    clock,
  );
  const { service, ports } = create(world);
  const provision = async (type: string, properties: Record<string, unknown>) =>
    service.provisioners?.[`AWS::ApplicationAutoScaling::${type}`]?.provision(properties, place);
  const target = (rest: Record<string, unknown> = {}) =>
    provision('ScalableTarget', {
      ServiceNamespace: 'ecs',
      ScalableDimension: 'ecs:service:DesiredCount',
      ResourceId: RESOURCE,
      MinCapacity: 2,
      MaxCapacity: 6,
      ...rest,
    });
  const policy = async () =>
    provision('ScalingPolicy', {
      PolicyName: 'cpu',
      PolicyType: 'TargetTrackingScaling',
      ScalingTargetId: (await target())?.ref,
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 60,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
        ScaleInCooldown: 60,
        ScaleOutCooldown: 60,
      },
    });
  return { clock, start, service, ports, ecs, changes, target, policy };
}

test('a service under load gets tasks up to the maximum, and loses them when the load is gone', async () => {
  const busyUntil = Date.UTC(2026, 10, 24, 9, 10, 0);
  const { service, clock, changes, policy, ports } = open((at) => (at < busyUntil ? 120 : 10));
  await policy();
  service.start?.();
  expect(ports.scaling.bounds(RESOURCE)).toEqual({ min: 2, max: 6 });
  await clock.sleep(60 * 60_000);
  service.stop?.();
  expect(changes.map(({ desired }) => desired)).toEqual([4, 6, 2]);
  expect(changes[0]?.reason).toBe(
    'monitor alarm TargetTracking-service/main/backend-AlarmHigh in state ALARM triggered policy cpu',
  );
  expect(changes[2]?.minute).toBe(24);
});

test('without values nothing is scaled', async () => {
  const { service, clock, changes, policy } = open(() => undefined);
  await policy();
  service.start?.();
  await clock.sleep(60 * 60_000);
  service.stop?.();
  expect(changes).toEqual([]);
});

test('a service that was set to nothing stays there', async () => {
  const { service, clock, changes, policy, ecs } = open(() => 120);
  await policy();
  service.start?.();
  ecs.desired = 0;
  await clock.sleep(10 * 60_000);
  service.stop?.();
  expect(changes).toEqual([]);
});

test('no task is taken away while the service deploys', async () => {
  const { service, clock, changes, policy, ecs } = open(() => 10);
  await policy();
  service.start?.();
  ecs.desired = 4;
  ecs.deploying = true;
  await clock.sleep(30 * 60_000);
  expect(changes).toEqual([]);
  ecs.deploying = false;
  await clock.sleep(2 * 60_000);
  service.stop?.();
  expect(changes.map(({ desired }) => desired)).toEqual([2]);
});

test('bounds that a service is outside of are applied at once', async () => {
  const { service, changes, target } = open(() => undefined);
  service.start?.();
  await target({ MinCapacity: 3 });
  expect(changes).toEqual([{ minute: 0, desired: 3, reason: 'minimum capacity was set to 3' }]);
  service.stop?.();
});
