/** What the embedded ECS keeps. Times are milliseconds since the epoch; the API's shapes are made in `show.ts`. */
import type * as ecs from '@aws-sdk/client-ecs';

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  status: 'ACTIVE' | 'INACTIVE';
  settings: ecs.ClusterSetting[];
  configuration?: ecs.ClusterConfiguration | undefined;
  capacityProviders: string[];
  defaultCapacityProviderStrategy: ecs.CapacityProviderStrategyItem[];
  tags: ecs.Tag[];
}

/** One revision of a family, with AWS's defaults filled in. Never changed but for its status. */
export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  status: 'ACTIVE' | 'INACTIVE';
  readonly registeredAt: number;
  readonly registeredBy: string;
  deregisteredAt?: number | undefined;
  /** What DescribeTaskDefinition shows beside the above. */
  readonly body: Omit<ecs.RegisterTaskDefinitionRequest, 'tags' | 'containerDefinitions' | 'family'> & {
    readonly containerDefinitions: ecs.ContainerDefinition[];
  };
  tags: ecs.Tag[];
}

/** What a deployment rolls out. Everything that makes a new service deployment when it changes is in here. */
export interface ServiceRevision {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly taskDefinition: string;
  readonly launchType?: ecs.LaunchType | undefined;
  readonly capacityProviderStrategy?: ecs.CapacityProviderStrategyItem[] | undefined;
  readonly platformVersion: string;
  readonly networkConfiguration?: ecs.NetworkConfiguration | undefined;
  readonly loadBalancers: ecs.LoadBalancer[];
  /** Digests are known once a first task has pulled; later tasks of the revision pull exactly those. */
  containerImages: { containerName: string; image: string; imageDigest?: string | undefined }[];
  readonly createdAt: number;
}

export interface Deployment {
  /** `ecs-svc/NUMBER`; the number is also the last part of its service revision's ARN. */
  readonly id: string;
  readonly revision: string;
  readonly serviceDeployment: string;
  status: 'PRIMARY' | 'ACTIVE';
  /** Consecutive failures, as the circuit breaker counts them. */
  failedTasks: number;
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  rolloutStateReason: string;
  readonly createdAt: number;
  updatedAt: number;
}

export interface ServiceDeployment {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly createdAt: number;
  startedAt?: number | undefined;
  finishedAt?: number | undefined;
  stoppedAt?: number | undefined;
  updatedAt: number;
  sourceRevisions: string[];
  readonly targetRevision: string;
  status: ecs.ServiceDeploymentStatus;
  statusReason?: string | undefined;
  readonly deploymentConfiguration: ecs.DeploymentConfiguration;
  rollback?: { reason: string; startedAt: number; revision: string } | undefined;
  breaker: { status: 'TRIGGERED' | 'MONITORING' | 'MONITORING_COMPLETE' | 'DISABLED'; failureCount: number };
  alarms: { status: 'TRIGGERED' | 'MONITORING' | 'MONITORING_COMPLETE' | 'DISABLED'; triggered: string[] };
  /** Alarms that were in ALARM when the deployment began: ECS takes no notice of them. */
  readonly alarmsAtStart: string[];
  /** When all tasks were healthy and the bake time began. */
  bakingSince?: number | undefined;
}

export interface StoredService {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  desiredCount: number;
  taskDefinition: string;
  launchType?: ecs.LaunchType | undefined;
  capacityProviderStrategy?: ecs.CapacityProviderStrategyItem[] | undefined;
  platformVersion: string;
  deploymentConfiguration: ecs.DeploymentConfiguration;
  networkConfiguration?: ecs.NetworkConfiguration | undefined;
  loadBalancers: ecs.LoadBalancer[];
  healthCheckGracePeriodSeconds: number;
  enableExecuteCommand: boolean;
  enableECSManagedTags: boolean;
  propagateTags: ecs.PropagateTags;
  readonly createdAt: number;
  readonly createdBy: string;
  tags: ecs.Tag[];
  /** The primary first. */
  deployments: Deployment[];
  /** The newest first, at most 100. */
  events: { id: string; createdAt: number; message: string }[];
  currentServiceDeployment?: string | undefined;
  /** The last deployment that completed: what the circuit breaker rolls back to. */
  completed?: { id: string; revision: string; serviceDeployment: string } | undefined;
  /** Whether the last thing said was that the service is steady. */
  steady: boolean;
}

export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export interface TaskContainer {
  readonly name: string;
  readonly arn: string;
  image: string;
  imageDigest?: string | undefined;
  runtimeId?: string | undefined;
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  exitCode?: number | undefined;
  reason?: string | undefined;
  healthStatus: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
  readonly essential: boolean;
  readonly hasHealthCheck: boolean;
}

export interface Task {
  readonly arn: string;
  readonly id: string;
  readonly clusterArn: string;
  readonly taskDefinition: string;
  /** `service:NAME` or `family:NAME`. */
  readonly group: string;
  readonly serviceArn?: string | undefined;
  readonly revision?: string | undefined;
  readonly startedBy?: string | undefined;
  readonly launchType: ecs.LaunchType;
  readonly platformVersion: string;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly overrides: ecs.TaskOverride;
  readonly enableExecuteCommand: boolean;
  readonly subnet?: string | undefined;
  readonly availabilityZone: string;
  /** Identifies the task's network interface in its attachments. */
  readonly attachmentId: string;
  tags: ecs.Tag[];
  version: number;
  desiredStatus: 'RUNNING' | 'STOPPED';
  lastStatus: TaskStatus;
  address?: string | undefined;
  containers: TaskContainer[];
  readonly createdAt: number;
  pullStartedAt?: number | undefined;
  pullStoppedAt?: number | undefined;
  startedAt?: number | undefined;
  stoppingAt?: number | undefined;
  executionStoppedAt?: number | undefined;
  stoppedAt?: number | undefined;
  stopCode?: ecs.TaskStopCode | undefined;
  stoppedReason?: string | undefined;
  /** Whether it was ever RUNNING: one that was not has failed to start. */
  reachedRunning: boolean;
  /** Since when it counts as healthy; undefined while it does not. */
  healthySince?: number | undefined;
  /** Whether its bad health has been counted as a failure of its deployment. */
  failureCounted: boolean;
  /** What the load balancer knows it by. */
  targets: { group: string; id: string; port: number }[];
}

/** What RunTask remembers of a client token. */
export interface Token {
  readonly request: string;
  readonly tasks: string[];
  readonly at: number;
}
