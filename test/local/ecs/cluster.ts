/** A cluster with one service behind a load balancer, in a world of the tests' own, whatever runs its tasks. */
import type * as ecs from '@aws-sdk/client-ecs';
import { VirtualClock } from '../../../local/clock.ts';
import type { Runtime } from '../../../local/runtimes/runtime.ts';
import { type Script, simulated } from '../../../local/runtimes/simulated/runtime.ts';
import type { Service, World } from '../../../local/service.ts';
import { create } from '../../../local/services/ecs/service.ts';
import { create as createBalancer } from '../../../local/services/elasticloadbalancing/service.ts';
import type { Store } from '../../../local/store.ts';
import { call, type FakeWorld, fakeWorld, provision } from './world.ts';

export const EXECUTION_ROLE = 'arn:aws:iam::000000000000:role/execution';
export const TASK_ROLE = 'arn:aws:iam::000000000000:role/task';
const REPOSITORY = '127.0.0.1:1/backend';

export interface Cluster {
  readonly world: FakeWorld;
  readonly ecs: Service;
  readonly balancer: Service;
  readonly targetGroup: string;
  /** Listens for the clients of the service. */
  readonly frontDoor: string;
  run<T = Record<string, never>>(operation: string, input: unknown): Promise<T>;
  /** Makes an image known under `backend:TAG`; returns its reference. */
  image(tag: string, root?: string, config?: Record<string, unknown>): string;
  /** Registers a revision of `backend` with that image; returns its ARN. */
  revision(
    image: string,
    container?: Partial<ecs.ContainerDefinition>,
    rest?: Record<string, unknown>,
  ): Promise<string>;
  createService(taskDefinition: string, rest?: Record<string, unknown>): Promise<ecs.Service>;
  update(rest: Record<string, unknown>): Promise<ecs.Service>;
  service(): Promise<ecs.Service>;
  deployment(arn?: string): Promise<ecs.ServiceDeployment>;
  tasks(desiredStatus?: 'RUNNING' | 'STOPPED'): Promise<ecs.Task[]>;
  /** What the service said, the oldest first, without the `(service backend)` that begins each line. */
  events(): Promise<string[]>;
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly runtime: (world: World) => Runtime;
  readonly clock?: VirtualClock;
  readonly stores?: Map<string, Store>;
  readonly endpoint?: string;
  readonly targetGroup?: Record<string, unknown>;
}

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const world = fakeWorld(options);
  const madeBalancer = createBalancer(world);
  Object.assign(world.ports, madeBalancer.ports);
  const balancer = madeBalancer.service;
  const made = create(world);
  Object.assign(world.ports, made.ports);
  const service = made.service;

  const loadBalancer = await provision(balancer, 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'Balancer', {});
  const group = await provision(balancer, 'AWS::ElasticLoadBalancingV2::TargetGroup', 'Group', {
    Port: 4000,
    Protocol: 'HTTP',
    TargetType: 'ip',
    HealthCheckPath: '/health',
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 2,
    UnhealthyThresholdCount: 2,
    ...options.targetGroup,
  });
  const listener = await provision(balancer, 'AWS::ElasticLoadBalancingV2::Listener', 'Listener', {
    LoadBalancerArn: loadBalancer.ref,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group.ref }],
  });
  const { Listeners } = await call<{ Listeners: { Port: number }[] }>(balancer, 'DescribeListeners', {
    ListenerArns: [listener.ref],
  });
  await provision(service, 'AWS::ECS::Cluster', 'Cluster', { ClusterName: 'main' });
  await balancer.start?.();
  await service.start?.();

  const run = <T>(operation: string, input: unknown) => call<T>(service, operation, input);
  const describe = async () => {
    const { services } = await run<{ services: ecs.Service[] }>('DescribeServices', {
      cluster: 'main',
      services: ['backend'],
    });
    return services[0] as ecs.Service;
  };

  return {
    world,
    ecs: service,
    balancer,
    targetGroup: group.ref,
    frontDoor: `http://127.0.0.1:${Listeners[0]?.Port}`,
    run,
    image(tag, root = '/nowhere', config = {}) {
      const reference = `${REPOSITORY}:${tag}`;
      const digest = `sha256:${Buffer.from(tag).toString('hex').padEnd(64, '0').slice(0, 64)}`;
      const unpacked = { digest, root, config };
      world.images.set(reference, unpacked);
      world.images.set(`${REPOSITORY}@${digest}`, unpacked);
      return reference;
    },
    async revision(image, container = {}, rest = {}) {
      const { taskDefinition } = await run<{ taskDefinition: ecs.TaskDefinition }>('RegisterTaskDefinition', {
        family: 'backend',
        cpu: '256',
        memory: '512',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        executionRoleArn: EXECUTION_ROLE,
        taskRoleArn: TASK_ROLE,
        containerDefinitions: [
          {
            name: 'backend',
            image,
            portMappings: [{ containerPort: 4000 }],
            logConfiguration: {
              logDriver: 'awslogs',
              options: { 'awslogs-group': '/ecs/backend', 'awslogs-stream-prefix': 'ecs' },
            },
            ...container,
          },
        ],
        ...rest,
      });
      return taskDefinition.taskDefinitionArn as string;
    },
    async createService(taskDefinition, rest = {}) {
      const { service: made } = await run<{ service: ecs.Service }>('CreateService', {
        cluster: 'main',
        serviceName: 'backend',
        taskDefinition,
        desiredCount: 2,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'] } },
        loadBalancers: [{ targetGroupArn: group.ref, containerName: 'backend', containerPort: 4000 }],
        ...rest,
      });
      return made;
    },
    async update(rest) {
      const { service: made } = await run<{ service: ecs.Service }>('UpdateService', {
        cluster: 'main',
        service: 'backend',
        ...rest,
      });
      return made;
    },
    service: describe,
    async deployment(arn) {
      const wanted = arn ?? (await describe()).currentServiceDeployment;
      const { serviceDeployments } = await run<{ serviceDeployments: ecs.ServiceDeployment[] }>(
        'DescribeServiceDeployments',
        { serviceDeploymentArns: [wanted] },
      );
      return serviceDeployments[0] as ecs.ServiceDeployment;
    },
    async tasks(desiredStatus = 'RUNNING') {
      const { taskArns } = await run<{ taskArns: string[] }>('ListTasks', { cluster: 'main', desiredStatus });
      if (taskArns.length === 0) return [];
      const { tasks } = await run<{ tasks: ecs.Task[] }>('DescribeTasks', {
        cluster: 'main',
        tasks: taskArns,
      });
      return tasks;
    },
    async events() {
      const { events = [] } = await describe();
      return events.map(({ message = '' }) => message.replace(/^\(service backend\) /, '')).reverse();
    },
    async close() {
      await service.stop?.();
      await balancer.stop?.();
      world.dispose();
    },
  };
}

/** Hours in milliseconds: scripted tasks under a virtual clock. */
export function simulatedCluster(script: Script, options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  return openCluster({ clock: new VirtualClock(), runtime: simulated(script), ...options });
}
