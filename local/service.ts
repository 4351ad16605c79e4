/**
 * The seam of the embedded AWS: what one emulated service is, and what it may use of the others.
 *
 * A service is a table of operations plus, where CloudFormation can make its resources, a table of
 * provisioners. The endpoint turns HTTP into `Operation.run`, after the permissions that the operation
 * names have been found in the caller's policies. Services reach each other only through `World.ports`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from './clock.ts';
import type { Ports } from './ports.ts';
import type { Runtime } from './runtimes/runtime.ts';
import type { Store } from './store.ts';

/** Who is calling: the admin of the embedded account, or a session of a role that was assumed for somebody. */
export interface Principal {
  /** `arn:aws:iam::000000000000:root` or `arn:aws:sts::000000000000:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
  /** The role whose policies count; undefined for the admin, who may do everything. */
  readonly roleArn?: string;
}

export interface Call {
  readonly principal: Principal;
  readonly requestId: string;
}

/** One permission that a call needs, in the words of AWS's service authorization reference. */
export interface Permission {
  /** For example `ecs:UpdateService`. */
  readonly action: string;
  /** The ARN that a policy's `Resource` is matched against; `*` where AWS knows no resource for the action. */
  readonly resource: string;
  /** Condition keys, for example `{"iam:PassedToService": "ecs-tasks.amazonaws.com"}`. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** An operation of a service. Input and output have the shapes of the SDK's command of the same name. */
export interface Operation<Input = never, Output = unknown> {
  permissions(input: Input): readonly Permission[];
  /** Whether AWS takes it without a signature: what it is asked with says who asks. Only where the protocol is awsQuery. */
  readonly unsigned?: boolean;
  /** Throws `AwsError` for the errors that the real service answers. */
  run(input: Input, call: Call): Output | Promise<Output>;
  /**
   * Only where the output carries an event stream (StartLiveTail): the body of the answer, frame by frame, from what
   * `run` returned. The endpoint sends it as `application/vnd.amazon.eventstream` and calls the iterator's `return`
   * when the client goes away.
   */
  frames?(output: Output): AsyncIterable<Uint8Array>;
}

/** A service as the endpoint sees it. */
export interface Service {
  /** The SigV4 signing name: `ecs`, `ecr`, `states`, `logs`, `monitoring`, `elasticloadbalancing`, … */
  readonly signingName: string;
  /** The module of the SDK client (`import * as ecs from '@aws-sdk/client-ecs'`), whose schemas are the wire format. */
  readonly sdk: Readonly<Record<string, unknown>>;
  readonly operations: Readonly<Record<string, Operation>>;
  /** CloudFormation resource types that this service provisions, for example `AWS::ECS::Service`. */
  readonly provisioners?: Readonly<Record<string, Provisioner>>;
  /** HTTP paths of this service that are no AWS operations, for example ECR's registry at `/v2/`. */
  readonly routes?: readonly Route[];
  /** Takes up again what the stored state says was under way. Called once, after provisioning. */
  start?(): Promise<void> | void;
  /** Ends every timer and child. The state stays, for the next start. */
  stop?(): Promise<void> | void;
  /** Known differences from AWS, one sentence each; local/README.md is generated from them. */
  readonly differences?: readonly string[];
}

/** Plain HTTP beside the AWS protocols. Nothing has been checked or read when it is called. */
export interface Route {
  /** Every path that starts with it comes here: `/v2/`, `/_lockstep/credentials/`. The longest prefix wins. */
  readonly prefix: string;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
}

/** Makes the resources of one CloudFormation type. */
export interface Provisioner {
  /** Top-level properties that change what the embedded AWS does. Any other property is an error that names it. */
  readonly honours: readonly string[];
  /** Properties that mean nothing here, each with the reason. */
  readonly ignores?: Readonly<Record<string, string>>;
  /** Properties arrive with every intrinsic function resolved. Must be idempotent: it runs again at each start. */
  provision(properties: Readonly<Record<string, unknown>>, place: Place): Provisioned | Promise<Provisioned>;
  /** The resource is no longer in the template. Where this is left out, what was made of it stays. */
  remove?(previous: Provisioned, place: Pick<Place, 'stack' | 'logicalId'>): void | Promise<void>;
}

export interface Place {
  readonly stack: string;
  readonly logicalId: string;
  /** What an earlier start made of the same logical id. */
  readonly previous?: Provisioned;
  /** The resolved properties of that time: where they are equal to today's, CloudFormation would not touch the resource. */
  readonly previousProperties?: Readonly<Record<string, unknown>>;
  /** The file or folder of the cloud assembly that would have been uploaded under this key (`HASH.zip`). */
  asset?(objectKey: string): string | undefined;
}

export interface Provisioned {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives, by attribute name (`Arn`, `Endpoint.Address`, …). */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** The account that a set of services lives in. One process may hold several (tests do). */
export interface World {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly clock: Clock;
  /** A folder of this world's own (`.lockstep/…`); every file that a service makes is below it. */
  readonly folder: string;
  /** The state need not outlive the process (a throw-away world of a test): nothing is kept on disk where that costs time. */
  readonly volatile?: boolean;
  /** `http://127.0.0.1:PORT`; known before any service starts. */
  readonly endpoint: string;
  /** Persistent state, one namespace a service. */
  store(service: string): Store;
  readonly ports: Ports;
  /** Makes what runs the tasks of ECS (`runtimes/`); real processes where it is left out. */
  readonly runtime?: ((world: World) => Runtime) | undefined;
  /** Something that a person who runs the embedded AWS may want to read; never part of a result. */
  say(line: string): void;
}

/** An error that goes over the wire as the real service would answer it. */
export class AwsError extends Error {
  /** The error's short name, for example `ClusterNotFoundException`. */
  readonly code: string;
  /** 400 unless the service answers otherwise. */
  readonly status: number;
  /** Further members of the error's shape, for example `resourceIds`. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, members: Readonly<Record<string, unknown>> = {}, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** For what the embedded AWS does not do: it refuses by operation and field, and never guesses. */
export function unsupported(
  operation: string,
  field: string,
  remedy = 'It is not part of the embedded AWS.',
): AwsError {
  return new AwsError('LockstepLocalUnsupported', `${operation}: ${field} is not supported here. ${remedy}`);
}
