/** Scalable targets, policies and activities of ECS services, as they are stored. */
import { randomUUID } from 'node:crypto';
import { AwsError, unsupported, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';

export const NAMESPACE = 'ecs';
export const DIMENSION = 'ecs:service:DesiredCount';

export interface ScalableTarget {
  /** `service/CLUSTER/SERVICE` */
  readonly resourceId: string;
  readonly min: number;
  readonly max: number;
  readonly suspended: { readonly in: boolean; readonly out: boolean; readonly scheduled: boolean };
  readonly created: number;
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What a policy holds at its target value. */
export type TrackedMetric =
  | { readonly kind: 'cpu' | 'memory' }
  | { readonly kind: 'requests'; readonly label: string }
  | {
      readonly kind: 'custom';
      readonly namespace: string;
      readonly name: string;
      readonly dimensions: Readonly<Record<string, string>>;
      readonly statistic: string;
    };

export interface Policy {
  readonly name: string;
  readonly resourceId: string;
  readonly arn: string;
  readonly created: number;
  readonly metric: TrackedMetric;
  readonly target: number;
  /** Seconds. */
  readonly outCooldown: number;
  readonly inCooldown: number;
  readonly disableScaleIn: boolean;
}

export interface Activity {
  readonly id: string;
  readonly resourceId: string;
  readonly description: string;
  readonly cause: string;
  readonly at: number;
  readonly direction: 'in' | 'out';
}

const KEPT_ACTIVITIES = 100;

export class Scaling {
  private readonly world: World;
  private readonly targets: Collection<ScalableTarget>;
  private readonly policies: Collection<Policy>;
  private readonly activities: Collection<Activity[]>;

  constructor(world: World) {
    const store = world.store('application-autoscaling');
    this.world = world;
    this.targets = store.collection<ScalableTarget>('targets');
    this.policies = store.collection<Policy>('policies');
    this.activities = store.collection<Activity[]>('activities');
  }

  target(resourceId: string): ScalableTarget | undefined {
    return this.targets.get(resourceId);
  }

  all(): ScalableTarget[] {
    return this.targets.values().sort((a, b) => (a.resourceId < b.resourceId ? -1 : 1));
  }

  targetArn(target: ScalableTarget): string {
    return `arn:aws:application-autoscaling:${this.world.region}:${this.world.account}:scalable-target/${target.id}`;
  }

  /** Makes or changes a target. What is not given stays; a new one needs both bounds. */
  register(
    resourceId: string,
    given: {
      readonly min?: number | undefined;
      readonly max?: number | undefined;
      readonly suspended?: Partial<ScalableTarget['suspended']> | undefined;
      readonly tags?: Readonly<Record<string, string>> | undefined;
    },
  ): ScalableTarget {
    const { cluster, service } = serviceOf(resourceId);
    if (!this.world.ports.ecs.service(cluster, service)) {
      throw validation(`ECS service doesn't exist: ${resourceId}`);
    }
    const known = this.target(resourceId);
    const min = given.min ?? known?.min;
    const max = given.max ?? known?.max;
    if (min === undefined || max === undefined) {
      throw validation(
        'MinCapacity and MaxCapacity must be specified when registering a new scalable target.',
      );
    }
    if (min < 0 || max < 0) throw validation('Capacities cannot be negative.');
    if (min > max) throw validation('Maximum capacity cannot be less than minimum capacity.');
    const target: ScalableTarget = {
      resourceId,
      min,
      max,
      suspended: { in: false, out: false, scheduled: false, ...known?.suspended, ...given.suspended },
      created: known?.created ?? this.world.clock.now(),
      id: known?.id ?? randomUUID().replaceAll('-', ''),
      tags: given.tags ?? known?.tags ?? {},
    };
    this.targets.set(resourceId, target);
    return target;
  }

  deregister(resourceId: string): void {
    if (!this.targets.delete(resourceId)) throw absentTarget(resourceId);
    for (const policy of this.policiesOf(resourceId)) this.deletePolicy(policy);
  }

  policiesOf(resourceId?: string): Policy[] {
    return this.policies
      .values()
      .filter((policy) => resourceId === undefined || policy.resourceId === resourceId)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  policy(resourceId: string, name: string): Policy | undefined {
    return this.policies.get(`${resourceId}|${name}`);
  }

  putPolicy(given: Omit<Policy, 'arn' | 'created'>): Policy {
    if (!this.target(given.resourceId)) throw absentTarget(given.resourceId);
    const known = this.policy(given.resourceId, given.name);
    const policy: Policy = {
      ...given,
      arn:
        known?.arn ??
        `arn:aws:autoscaling:${this.world.region}:${this.world.account}:scalingPolicy:${randomUUID()}:resource/ecs/${given.resourceId}:policyName/${given.name}`,
      created: known?.created ?? this.world.clock.now(),
    };
    this.policies.set(`${policy.resourceId}|${policy.name}`, policy);
    return policy;
  }

  deletePolicy(policy: Policy): void {
    this.policies.delete(`${policy.resourceId}|${policy.name}`);
  }

  /** Latest first. */
  activitiesOf(resourceId?: string): Activity[] {
    const lists =
      resourceId === undefined ? this.activities.values() : [this.activities.get(resourceId) ?? []];
    return lists.flat().sort((a, b) => b.at - a.at);
  }

  /** Sets the desired count and remembers why. */
  scale(target: ScalableTarget, desired: number, current: number, cause: string): void {
    const { cluster, service } = serviceOf(target.resourceId);
    this.world.ports.ecs.setDesired(cluster, service, desired, cause);
    const activity: Activity = {
      id: randomUUID(),
      resourceId: target.resourceId,
      description: `Setting desired count to ${desired}.`,
      cause,
      at: this.world.clock.now(),
      direction: desired > current ? 'out' : 'in',
    };
    const known = this.activities.get(target.resourceId) ?? [];
    this.activities.set(target.resourceId, [...known, activity].slice(-KEPT_ACTIVITIES));
  }
}

export function serviceOf(resourceId: string): { cluster: string; service: string } {
  const [kind, cluster, service, ...more] = resourceId.split('/');
  if (kind !== 'service' || !cluster || !service || more.length > 0) {
    throw validation(`Unsupported service namespace, resource type or scalable dimension: ${resourceId}`);
  }
  return { cluster, service };
}

/** Only the number of an ECS service's tasks is scaled here. */
export function checkKind(
  operation: string,
  namespace: string | undefined,
  dimension: string | undefined,
): void {
  if (namespace !== NAMESPACE)
    throw unsupported(operation, `ServiceNamespace ${namespace}`, 'ECS services are scaled.');
  if (dimension !== undefined && dimension !== DIMENSION) {
    throw unsupported(operation, `ScalableDimension ${dimension}`, `${DIMENSION} is scaled.`);
  }
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function absentTarget(resourceId: string): AwsError {
  return new AwsError(
    'ObjectNotFoundException',
    `No scalable target found for service namespace: ecs, resource ID: ${resourceId}, scalable dimension: ${DIMENSION}`,
  );
}
