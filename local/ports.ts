/**
 * What one emulated service may ask of another without going over HTTP. Narrow on purpose: each port is what the
 * others need of that service, and nothing more.
 */
import type { KeyObject } from 'node:crypto';
import type { Permission, Principal } from './service.ts';

/** Temporary credentials, as STS hands them out. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiration: number;
}

export interface IamPort {
  /**
   * Credentials of a role, for a Lambda, a task or a build; valid for twelve hours unless `seconds` says otherwise.
   * Throws `NoSuchEntity` where the role does not exist.
   */
  assume(roleArn: string, sessionName: string, seconds?: number): Credentials;
  /**
   * The principal of such credentials; undefined if they were never issued or have expired, or if `sessionToken` is given
   * and is another's.
   */
  principalOf(accessKeyId: string, sessionToken?: string): Principal | undefined;
  /** Whether these were issued here, and their time is over. */
  hasExpired(accessKeyId: string): boolean;
  /** Throws `AccessDenied…` with AWS's sentence unless every permission is granted. */
  authorize(principal: Principal, permissions: readonly Permission[]): void;
  /** Whether the role exists and its trust policy lets this service (`ecs-tasks.amazonaws.com`) or principal assume it. */
  trusts(roleArn: string, who: string | Principal): boolean;
  /** The longest session that the role allows, in seconds. Throws `NoSuchEntity`. */
  longestSession(roleArn: string): number;
}

/** An OpenID Connect provider that the account trusts. */
export interface OpenIdProvider {
  readonly arn: string;
  /** Its issuer without the scheme: `token.actions.githubusercontent.com`. */
  readonly host: string;
  readonly audiences: readonly string[];
}

export interface FederationPort {
  /** By the `iss` of a token. */
  provider(issuer: string): OpenIdProvider | undefined;
  /** The provider's public key of this id; undefined where it is not known here. */
  keyOf(provider: OpenIdProvider, keyId: string | undefined): KeyObject | undefined;
  /** Whether the role's trust policy lets in whom the provider says this of. */
  trustsIdentity(
    roleArn: string,
    provider: OpenIdProvider,
    claims: Readonly<Record<string, readonly string[]>>,
  ): boolean;
}

export interface DispatchPort {
  /**
   * Calls an operation as a principal, permissions checked, as if it had come over the wire.
   * `service` is the signing name. Throws `AwsError`.
   */
  call(
    service: string,
    operation: string,
    input: Readonly<Record<string, unknown>>,
    principal: Principal,
  ): Promise<Record<string, unknown>>;
}

export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

export interface LogsPort {
  /** Makes the group (without retention) and the stream where they do not exist. */
  append(group: string, stream: string, lines: readonly LogLine[]): void;
  hasGroup(group: string): boolean;
}

export interface Datum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly unit: string;
  /** Milliseconds since the epoch; now where it is left out. */
  readonly at?: number;
}

/** What a metric was over one stretch of time. */
export interface Statistics {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface MetricsPort {
  put(data: readonly Datum[]): void;
  /** Everything put between two times (milliseconds since the epoch, the end exclusive); undefined where there is nothing. */
  statistics(
    metric: Pick<Datum, 'namespace' | 'name' | 'dimensions'>,
    from: number,
    to: number,
  ): Statistics | undefined;
  /** Names of those of the given alarms that are in ALARM. */
  inAlarm(names: readonly string[]): string[];
}

export interface EventsPort {
  /** Puts an event of an AWS service on the default bus; the envelope (id, time, account, region) is added. */
  emit(event: {
    source: string;
    detailType: string;
    resources: readonly string[];
    detail: Readonly<Record<string, unknown>>;
  }): void;
}

export interface SecretsPort {
  /** The current value by ARN or name; `ARN:key::` picks a key of a JSON secret, as ECS's `valueFrom` does. */
  value(reference: string): string | undefined;
  /** Makes or replaces a secret (RDS does, for managed passwords). Returns its ARN. */
  put(name: string, value: string): string;
}

export interface LambdaPort {
  /** Synchronous invocation, as the function's own role. `functionError` is `Unhandled` where the function threw. */
  invoke(functionArn: string, payload: unknown, signal?: AbortSignal): Promise<LambdaAnswer>;
}

export interface LambdaAnswer {
  readonly payload: unknown;
  readonly functionError?: string;
  readonly executedVersion: string;
}

export interface StatesPort {
  start(stateMachineArn: string, input: unknown, name?: string): { executionArn: string };
}

/** An image as a task needs it. */
export interface UnpackedImage {
  /** `sha256:…` of the manifest. */
  readonly digest: string;
  /** The folder that stands for `/` of the container: layers applied in order. Shared by tasks: never written to. */
  readonly root: string;
  /** The image's OCI configuration (`Env`, `Cmd`, `Entrypoint`, `WorkingDir`, `ExposedPorts`, `User`). */
  readonly config: {
    readonly Env?: readonly string[];
    readonly Cmd?: readonly string[] | null;
    readonly Entrypoint?: readonly string[] | null;
    readonly WorkingDir?: string;
    readonly User?: string;
    readonly ExposedPorts?: Readonly<Record<string, unknown>>;
  };
}

export interface ImagesPort {
  /**
   * Resolves `repository-uri:tag` or `repository-uri@sha256:…` in the embedded ECR and unpacks it (once).
   * Throws `AwsError('CannotPullContainerError', …)` with ECS's sentence where it is missing or archived.
   */
  pull(reference: string): Promise<UnpackedImage>;
}

export interface TargetsPort {
  /** `answer` stands in for HTTP where the target has no socket (tasks of the simulated runtime). */
  register(
    targetGroupArn: string,
    target: { id: string; port: number },
    answer?: (port: number, path: string) => Promise<{ status: number } | 'refused' | 'timeout'>,
  ): void;
  /** Starts draining; resolves when the target has left (deregistration delay or no connection left). */
  deregister(targetGroupArn: string, target: { id: string; port: number }): Promise<void>;
  /** `initial`, `healthy`, `unhealthy`, `draining`, `unused`, with the load balancer's reason. */
  health(
    targetGroupArn: string,
    target: { id: string; port: number },
  ): { state: string; reason?: string; description?: string };
  exists(targetGroupArn: string): boolean;
  /** Told after each change of a target's state. Returns how to stop listening. */
  watch(listener: (targetGroupArn: string, target: { id: string; port: number }) => void): () => void;
  /**
   * What a client of the load balancer would get from one target, chosen as the front door chooses it: for tasks
   * without sockets. `none` where no target is healthy.
   */
  ask(targetGroupArn: string, path: string): Promise<{ status: number } | 'refused' | 'timeout' | 'none'>;
}

export interface ScalingPort {
  /** The bounds of `service/CLUSTER/SERVICE`, where a scalable target exists. */
  bounds(resourceId: string): { min: number; max: number } | undefined;
}

export interface EcsPort {
  /** Whether the cluster or service exists, and its counts: for autoscaling. */
  service(cluster: string, service: string): { desired: number; running: number } | undefined;
  setDesired(cluster: string, service: string, desired: number, reason: string): void;
}

export interface RdsPort {
  /** A database instance by identifier or ARN, as far as a secret that is attached to it has to know it. */
  instance(
    reference: string,
  ): { identifier: string; engine: string; host: string; port: number; database?: string } | undefined;
}

/** Every port; a world is complete when each has been filled. */
export interface Ports {
  iam: IamPort;
  federation: FederationPort;
  dispatch: DispatchPort;
  logs: LogsPort;
  metrics: MetricsPort;
  events: EventsPort;
  secrets: SecretsPort;
  lambda: LambdaPort;
  states: StatesPort;
  images: ImagesPort;
  targets: TargetsPort;
  scaling: ScalingPort;
  ecs: EcsPort;
  rds: RdsPort;
}
