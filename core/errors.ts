/**
 * The one table of errors: everything that can go wrong and that a person may meet. The state machine's
 * `ErrorEquals`, the exit codes, `lockstep explain` and docs/errors.md come from it.
 *
 * Longer than 250 lines, as a table is. `sentence` and `remedy` are templates; `{name}` is filled from the error's data.
 */
import type { Verdict } from './verdict.ts';

export interface ErrorEntry {
  /** Whose fault: what the user sent or wrote, what AWS answered, or a bug of ours. */
  readonly fault: 'user' | 'aws' | 'bug';
  /** Whether the same call may succeed a little later. */
  readonly retryable: boolean;
  /** How a deployment ends that met it before the service was changed; null for errors of the command alone. */
  readonly verdict: Verdict | null;
  readonly sentence: string;
  readonly remedy: string;
}

const user = (verdict: Verdict | null, sentence: string, remedy: string): ErrorEntry => ({
  fault: 'user',
  retryable: false,
  verdict,
  sentence,
  remedy,
});
const aws = (verdict: Verdict | null, sentence: string, remedy: string, retryable = false): ErrorEntry => ({
  fault: 'aws',
  retryable,
  verdict,
  sentence,
  remedy,
});
const bug = (verdict: Verdict | null, sentence: string, remedy: string): ErrorEntry => ({
  fault: 'bug',
  retryable: false,
  verdict,
  sentence,
  remedy,
});

export const ERRORS = {
  // Asking: the request and the environment.
  InvalidRequest: user(
    'refused',
    'The request is not one that Lockstep understands: {problems}',
    'See docs/request.schema.json; `lockstep deploy` writes a right one.',
  ),
  EnvironmentInvalid: user(
    'refused',
    'environments/{environment}.json has {count}: {problems}',
    'Mend the file, commit it and deploy again.',
  ),
  EnvironmentMissing: user(
    'refused',
    'No environment file for "{environment}" was sent with the request, and none is stored.',
    'Deploy once with `lockstep deploy --environment {environment}`, or put "configuration" into the request.',
  ),
  ServiceUnknown: user(
    'refused',
    'environments/{environment}.json has no service "{service}"; there are {known}.',
    'Name one of these, or add it under "services".',
  ),
  Frozen: user(
    'refused',
    'No deployment to {environment} begins{until}: {reason}.',
    'Deploy then, or say why it cannot wait: --override-freeze "why". A rollback is never frozen.',
  ),
  BranchUnknown: user(
    'refused',
    'No source of branch {branch} of {service} has been uploaded to {environment}.',
    'Run `lockstep upload --branch {branch}` in the CI job of that branch; docs/schedules.md has it.',
  ),
  TakenBack: user(
    'refused',
    'Release {release} was taken back (deployment {id}, {how}), and a schedule does not try it again.',
    'Publish a mended one, or release it yourself: `lockstep update`.',
  ),
  LockHeld: user(
    'refused',
    'Another deployment of {target} is under way{holder}.',
    '`lockstep show {id} --follow` follows it; `lockstep cancel {id}` stops it.',
  ),
  UnfinishedDeployment: user(
    'refused',
    'Deployment {id} of {target} ended without a verdict, so what it left is not known yet.',
    'The recovery runs every five minutes and settles it; `lockstep show {id}` says when it has.',
  ),
  LockLost: aws(
    'needs-attention',
    'This deployment no longer holds the lock of {target}; {owner} does.',
    '`lockstep history` shows who went on; do not redrive this execution.',
  ),
  Cancelled: user('cancelled', '{by} asked to cancel the deployment.', 'Deploy again when you are ready.'),
  Interrupted: user(
    'cancelled',
    'The execution ended ({status}) before the deployment did, and the recovery took over.',
    'Deploy again; `lockstep show ID` shows how far it had come.',
  ),
  StaleCommit: user(
    'refused',
    'The running release ({running}) is of a newer commit than {commit}.',
    'Deploy the newer commit, or go back on purpose: `lockstep rollback`, or --allow-older.',
  ),
  CommitMissing: user(
    'refused',
    'The request names neither a commit nor an image.',
    'Name one: --commit, --image-tag or --image-digest.',
  ),
  SourceMissing: user(
    'refused',
    'There is no image of commit {commit}, and the request names no source to build it from.',
    'Run `lockstep deploy` or `lockstep publish` in a checkout of the repository; it uploads the source.',
  ),
  SourceElsewhere: user(
    'refused',
    'The source "{key}" does not lie below {folder}, where the sources of {service} are.',
    'Upload the zip of the commit below {folder} and name it in "source.key"; `lockstep deploy` does both.',
  ),
  NothingPublished: user(
    'refused',
    'Nothing has been published for {target} yet.',
    'Run `lockstep publish` first, or name --image-tag.',
  ),
  ServiceNotFound: user(
    'refused',
    'There is no ECS service "{service}" in cluster "{cluster}".',
    'Check "region", "cluster" and "ecsService" in the environment file, or deploy the BackendStack.',
  ),
  ServiceInactive: user(
    'refused',
    'The ECS service {service} is {status}.',
    'A service that is being deleted takes no release; make it anew.',
  ),
  ContainerUnknown: user(
    'refused',
    'Task definition {revision} has no container "{container}"; it has {known}.',
    'Set "container" in the environment file to one of these.',
  ),
  RepositoryNotFound: user(
    'refused',
    'There is no ECR repository "{repository}".',
    'Check "repository" in the environment file, or deploy the BackendStack.',
  ),
  ImageNotFound: user(
    'refused',
    'Repository {repository} has no image {reference}.',
    '`lockstep publish` builds one; `aws ecr list-images --repository-name {repository}` lists what is there.',
  ),
  RollbackImageMissing: user(
    'refused',
    'The image of the rollback target {revision} ({digest}) is {state}: if this release failed, there would be no way back.',
    'Restore the image, or deploy once more what runs now, so that a proven release with an image exists.',
  ),
  AlarmActive: user(
    'refused',
    'Alarm {alarms} is in ALARM already, so it could not tell a bad release from a good one.',
    'Mend what it shows first, or take it out of "alarms" in the environment file.',
  ),
  TagTaken: user(
    'refused',
    'Tag {tag} of {repository} is taken by another image, and its tags are immutable.',
    'Commit again, or delete the image of that tag if nobody runs it.',
  ),
  RollbackTargetMissing: user(
    'refused',
    'There is no release of {target} that is known to work{detail}.',
    '`lockstep history` lists releases; name one with --to.',
  ),

  // The database, before anything is changed.
  MigrationHistoryBroken: user('refused', '{finding}', '{commands}'),
  FailedMigration: user(
    'refused',
    'Migration {migration} failed earlier and stands unresolved in the database (P3009).',
    'See what it did: `lockstep migrations status`; then `lockstep migrations resolve`.',
  ),
  MigrationBlocked: user('refused', '{rule} at {place}: {why}', '{help}'),
  MigrationPending: user(
    'refused',
    '{count} pending, and the request says not to migrate: {names}',
    'Leave out --no-migrate.',
  ),
  ApprovalDenied: user(
    'refused',
    '{by} refused the migration: {reason}',
    'Change the migration, then deploy again.',
  ),
  ApprovalUnreadable: user(
    'refused',
    'What was sent as an approval of {id} is none: {problems}.',
    'Deploy again, and answer with `lockstep approve`; docs/start-execution.md has the shape for those who send it themselves.',
  ),
  ApprovalTimedOut: user(
    'refused',
    'Nobody approved the migration within {minutes} minutes.',
    'Deploy again, and `lockstep approve ID` in time.',
  ),
  SnapshotFailed: aws(
    'refused',
    'The snapshot {snapshot} of {instance} ended in {status}.',
    'See the RDS console; or set "snapshot": "never" in the environment file if you can do without.',
  ),

  // The build.
  BuildFailed: user(
    'build-failed',
    'The build failed in {phase}: {detail}',
    'The last lines of the log say why; `lockstep show ID` has them.',
  ),
  TypeError: user(
    'build-failed',
    '{place}: {message}',
    'Mend the type error; `npx tsc --noEmit` shows it on your machine.',
  ),
  PrismaGenerateFailed: user(
    'build-failed',
    '`prisma generate` failed: {detail}',
    'Mend schema.prisma; `npx prisma validate` shows it on your machine.',
  ),
  BuildFault: aws(
    'build-failed',
    'CodeBuild itself failed: {detail}',
    'Deploy again; if it stays, see the AWS Health Dashboard.',
    true,
  ),
  BuildTimedOut: user(
    'build-failed',
    'The build took longer than {minutes} minutes.',
    'See its log for what hangs; `lockstep show ID` links to it.',
  ),
  DigestMismatch: aws(
    'build-failed',
    'The build reported {reported}, but ECR has {found} for tag {tag}.',
    'Somebody else pushed the same tag meanwhile; deploy again.',
  ),
  ManifestMissing: user(
    'build-failed',
    'The build left no release manifest, or one that cannot be read: {detail}',
    'The build project must use the buildspec of this stack; deploy the stack again.',
  ),

  // The migration task.
  MigrationFailed: user(
    'migration-failed',
    '`prisma migrate deploy` ended with exit code {exitCode}{code}: {detail}',
    '{remedy}',
  ),
  MigrationNotStarted: user(
    'migration-failed',
    'The migration task did not start: {detail}',
    'Nothing was run. {remedy}',
  ),
  MigrationLockTimeout: user(
    'migration-failed',
    'The migration waited longer than {timeout} for a lock and gave up (55P03).',
    'Something holds a lock on the table: `lockstep check` names the oldest transaction. Deploy again when it is gone.',
  ),
  MigrationTimedOut: user(
    'migration-failed',
    'The migration ran longer than {minutes} minutes and was stopped.',
    '`lockstep migrations status` says what is true in the database now.',
  ),

  // The release.
  ServiceUpdateRejected: aws(
    'refused',
    'ECS refused the update: {detail}',
    'Mend what it names, then deploy again.',
  ),
  OtherDeploymentInProgress: user(
    'refused',
    'ECS is deploying {other} to this service, which was not started by Lockstep.',
    'Wait until it has ended, or stop it: `aws ecs stop-service-deployment`.',
  ),
  Superseded: user(
    'superseded',
    'Another service deployment ({other}) replaced ours while it was under way.',
    '`lockstep history` shows whose it is; deploy again if it was not meant.',
  ),

  // The health of a release. These lead to the rollback.
  TaskCrashed: user(
    'rolled-back',
    'The new task exits with code {exitCode} soon after its start{repeats}.',
    'Its last log lines say why.',
  ),
  VariableMissing: user(
    'rolled-back',
    'The new task needs the environment variable {variable}, which it does not get.',
    'Add it to "environment" in environments/{environment}.json or to the task definition’s secrets, then deploy again.',
  ),
  DatabaseUnreachable: user(
    'rolled-back',
    'The new task cannot reach its database: {detail}',
    'Check the security group path from the service to the database, and the host in its secret.',
  ),
  DatabaseDenied: user(
    'rolled-back',
    'The database turns the service away: {detail}',
    'Check user, password and name of the database in its secret. Prisma says the same where the server demands TLS (`rds.force_ssl`): then put `sslmode=require&uselibpqcompat=true` into the connection string.',
  ),
  DatabaseDemandsTls: user(
    'rolled-back',
    'The database turns the new task away, because it connects without TLS: {detail}',
    'Put `sslmode=require&uselibpqcompat=true` into the connection string; docs/decisions/0009-tls-to-the-database.md says what that means.',
  ),
  PoolExhausted: user(
    'rolled-back',
    'The service has run out of database connections: {detail}',
    'Each task opens up to connection_limit of them (in DATABASE_URL), and all tasks together must stay below the server’s max_connections: lower the limit, put a pooler before the database, or use a larger instance. `lockstep check` shows how many are in use.',
  ),
  PortInUse: user(
    'rolled-back',
    'The new task finds its port in use (EADDRINUSE {port}).',
    'Two processes of the container listen on the same port; see its start command.',
  ),
  OutOfMemory: user(
    'rolled-back',
    'The new task was killed because it used more than its memory ({memory} MiB).',
    'Raise "resources": {"memory": …} in environments/{environment}.json.',
  ),
  ImagePullFailed: user(
    'rolled-back',
    'ECS cannot pull the image: {detail}',
    'Check that the execution role may read the repository and that the image is ACTIVE.',
  ),
  SecretUnavailable: user(
    'rolled-back',
    'ECS cannot give the task its secrets: {detail}',
    'Check that the execution role may read the secret and that its key exists.',
  ),
  TaskNotStarted: aws(
    'rolled-back',
    'ECS cannot start the new task: {detail}',
    'The stop reason names what is missing.',
  ),
  HealthEndpointFailed: user(
    'rolled-back',
    'GET {path} → {answer}',
    'The new tasks start and answer, but say that they are unhealthy.',
  ),
  StatusEndpointFailed: user(
    'rolled-back',
    'GET {path} → {answer}',
    'The new tasks answer, but their status says that something behind them is not reachable.',
  ),
  NeverListened: user(
    'rolled-back',
    'The new tasks run, but do not listen on port {port}{detail}.',
    'The app must listen on 0.0.0.0:{port}; see "port" in environments/{environment}.json.',
  ),
  TargetsUnhealthy: user(
    'rolled-back',
    'The load balancer finds the new tasks unhealthy: {detail}',
    'Check the health path and the time that the app needs to start.',
  ),
  ContainerUnhealthy: user(
    'rolled-back',
    'The container health check of the new tasks fails.',
    'It runs inside the container: check its command, and that curl is in the image.',
  ),
  CircuitBreaker: user(
    'rolled-back',
    'ECS’s circuit breaker gave the deployment up: {detail}',
    'The reasons of the stopped tasks say why.',
  ),
  AlarmDuringBake: user(
    'rolled-back',
    'Alarm {alarms} went into ALARM while the release was watched.',
    'See what the alarm measures; the release was taken back.',
  ),
  HealthDeadline: user(
    'rolled-back',
    'The release did not become healthy within {seconds} s: {detail}',
    'Raise "health": {"deadlineSeconds": …} if it only needs longer.',
  ),
  ServiceDeploymentGone: aws(
    'needs-attention',
    'ECS no longer lists our service deployment {arn}.',
    'See the service’s deployments in the ECS console.',
  ),

  // Going back.
  RollbackFailed: user(
    'needs-attention',
    'The rollback to {revision} failed as well: {detail}',
    'See the tasks of both revisions; then `lockstep rollback --to` a release that works.',
  ),
  RollbackIncompatible: user(
    'needs-attention',
    'The schema was migrated, and the old code ({revision}) does not work on it: {detail}',
    'Mend forward: deploy a fix. Or restore the snapshot {snapshot} beside: docs/restore.md has the commands.',
  ),

  // AWS and ourselves.
  PermissionMissing: user(
    'refused',
    '{detail}',
    'Give the role this permission; the stack of this version does.',
  ),
  Throttled: aws(
    'refused',
    'AWS throttled {service} for longer than we waited.',
    'Deploy again in a minute.',
    true,
  ),
  AwsUnavailable: aws(
    'refused',
    '{service} did not answer: {detail}',
    'Deploy again; if it stays, see the AWS Health Dashboard.',
    true,
  ),
  StepTimedOut: bug(
    'needs-attention',
    'Step {step} did not end within its time-out.',
    'See its log group; deploying again is safe.',
  ),
  Internal: bug(
    'needs-attention',
    'Lockstep itself failed in {step}: {detail}',
    'Please report it with the output of `lockstep show ID --json`.',
  ),

  // The command.
  UsageError: user(null, '{problem}', '{help}'),
  EnvironmentNotFound: user(
    null,
    'environment "{environment}" does not exist; {known}',
    'Name one of these, or write one with `lockstep init`.',
  ),
  EnvironmentUnreadable: user(null, '{path} is not JSON: {detail}', 'Mend the file at that place.'),
  NotARepository: user(
    null,
    '{path} is not in a git repository.',
    'Run it where the backend is, or `git init` and commit.',
  ),
  CommitNotFound: user(
    null,
    'commit "{commit}" does not exist in this repository.',
    'Check the name with `git log`; in CI, fetch it (fetch-depth: 0).',
  ),
  DirtyTree: user(
    null,
    'the tree has changes that are not committed ({files}), and {environment} tags images by commit.',
    'Commit or stash them; the tag must say what is in the image.',
  ),
  LocalPortInUse: user(
    null,
    'port {port} on 127.0.0.1 is in use{owner}.',
    'Choose another with --port, or end what listens there.',
  ),
  DiskFull: user(
    null,
    'the disk is full: {path} cannot be written.',
    'Free some space; `lockstep local reset` gives back what the embedded AWS holds.',
  ),
  LocalStateLocked: user(
    null,
    'another embedded AWS (process {pid}) uses {path}.',
    'Use it (its port is {port}), or give this one another folder with --folder.',
  ),
  LocalStateBroken: user(null, '{path} cannot be read: {detail}', '`lockstep local reset` starts afresh.'),
  CredentialsMissing: user(
    null,
    'there are no AWS credentials.',
    'Sign in (`aws sso login`), or set AWS_PROFILE; `npm start` needs none.',
  ),
  CredentialsExpired: user(
    null,
    'the AWS credentials have expired.',
    'Sign in again; the execution goes on meanwhile.',
  ),
  CredentialsRefused: user(
    null,
    'AWS does not accept these credentials: {detail}',
    'Sign in again, or see AWS_PROFILE and "aws": {"region"}: a region that the account has not enabled refuses them too.',
  ),
  RegionWrong: user(
    null,
    '{detail}',
    'Set "aws": {"region"} in the environment file to the region in which its stack is.',
  ),
  EndpointUnreachable: aws(
    null,
    '{endpoint} does not answer.',
    'Is the embedded AWS running (`lockstep local`)? Is the network there?',
    true,
  ),
  StackMissing: user(
    null,
    'there is no Lockstep for "{environment}" in {region} of account {account}.',
    'Deploy the stack: `npx cdk deploy --context environment={environment}`; or check the region.',
  ),
  DeploymentUnknown: user(null, 'there is no deployment "{id}"{detail}.', '`lockstep history` lists them.'),
  NotWaiting: user(
    'refused',
    'Deployment {id} does not wait for an answer.',
    '`lockstep show {id}` says where it is.',
  ),
  NotRunning: user(
    'refused',
    'Deployment {id} does not run any more.',
    '`lockstep show {id}` says how it ended.',
  ),
  ConsequencesNotAccepted: user(
    null,
    'Deployment {id} has consequences that you have not accepted: {missing}.',
    'If you mean it: --accept {accept}',
  ),
  SelfApproval: user(
    null,
    '{by} started this deployment, and {environment} wants somebody else to approve it.',
    'Ask a colleague to run the same command.',
  ),
  PreCheckFailed: user(
    'build-failed',
    '`{command}` failed in {folder}; nothing was built or pushed.',
    'Mend what it says above; --skip-checks leaves it to the build.',
  ),
  LogGroupMissing: user(
    null,
    'There is no log group "{group}" in {region}.',
    'Set "logGroup" in the environment file to the one that the task definition names; a service that has never run a task may have none yet.',
  ),
  FilterRefused: user(
    null,
    'CloudWatch does not understand the filter {filter}: {detail}',
    'Words are written as they are (ERROR), text with blanks in double quotes ("connection lost"), fields of JSON lines as { $.level = "error" }.',
  ),
  ClockSkewed: user(
    null,
    'AWS refuses requests of this machine because its clock is wrong: {detail}',
    'Set the clock (for example `timedatectl set-ntp true`) and try again.',
  ),
  DeploymentAmbiguous: user(
    null,
    '"{id}" is the beginning of {count} deployments: {matches}.',
    'Give more of it.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorName = keyof typeof ERRORS;

export type ErrorData = Readonly<Record<string, string | number>>;

/** An error of the table with its data filled in. `name` is what Step Functions matches. */
export class LockstepError extends Error {
  readonly error: ErrorName;
  readonly data: ErrorData;
  readonly remedy: string;
  /** Decisive evidence: log lines, stop reasons. */
  readonly evidence: readonly string[];

  constructor(
    error: ErrorName,
    data: ErrorData = {},
    evidence: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(fill(ERRORS[error].sentence, data), options);
    this.name = error;
    this.error = error;
    this.data = data;
    this.remedy = fill(ERRORS[error].remedy, data);
    this.evidence = evidence;
  }
}

export function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(ERRORS, name);
}

export function entryOf(name: ErrorName): ErrorEntry {
  return ERRORS[name];
}

/** Fills `{name}` from the data; a name without data disappears with the blank before it, rather than showing braces to a person. */
export function fill(template: string, data: ErrorData): string {
  return template
    .replace(/( ?)\{([a-zA-Z]+)\}/g, (_, blank: string, key: string) => {
      const value = String(data[key] ?? '');
      return value === '' ? '' : blank + value;
    })
    .trim();
}
