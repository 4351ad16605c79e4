/**
 * What `deploy` would do, found out without doing any of it: with the code that the functions themselves run. Over 250 lines
 * because it asks all that they ask.
 */
import type { Service } from '@aws-sdk/client-ecs';
import { getJson } from '../aws/artefacts.ts';
import { frontDoor } from '../aws/elb.ts';
import { askDatabase, unreachable } from '../aws/inspection.ts';
import { readLock } from '../aws/journal.ts';
import { type Clients, clientsOf } from '../aws/lazy-clients.ts';
import { makePlan, type Planned } from '../aws/planning/index.ts';
import { baseCache } from '../aws/rehearsals.ts';
import { LockstepError } from '../core/errors.ts';
import { type Expected, expected } from '../core/expectation.ts';
import { notAsked } from '../core/front-door.ts';
import { frozen } from '../core/frozen.ts';
import { historyAnswerSchema } from '../core/inspection.ts';
import { factsAnswerSchema } from '../core/inspection-facts.ts';
import { decideMigration, migrationSummary, requireHistory } from '../core/migration-decision.ts';
import type { MigrationResult } from '../core/migration-result.ts';
import type { DatabaseFacts, Judgement, Migration } from '../core/migrations.ts';
import { inspectFunctionName } from '../core/names.ts';
import { replacedOutside } from '../core/outside.ts';
import { type Plan, revisionOf, type Settings, settingsOf } from '../core/plan.ts';
import { manifestKey, manifestSchema, sourceKey } from '../core/release.ts';
import { type DeployRequest, requestSchema } from '../core/request.ts';
import type { Step } from '../core/steps.ts';
import { type Difference, differences, nextRevision } from '../core/task-definition.ts';
import {
  closeRehearsal,
  compareRelease,
  type HistoryAnswer,
  judgeRelease,
  named,
  type Schema,
} from '../judge/index.ts';
import type { OpenedCommit } from './open.ts';
import { requester } from './request.ts';
import { schemaOf } from './schema.ts';

export interface Preview {
  readonly service: string;
  readonly environment: string;
  readonly plan: Plan;
  /** Counts of the running service. */
  readonly counts: { readonly running: number; readonly desired: number };
  /** When the running revision came to run, ISO 8601; null where that is not known. */
  readonly since: string | null;
  /** The release that Lockstep brought last, where something else runs now; null where that runs. */
  readonly replaced: { readonly revision: string; readonly commit: string | null } | null;
  /** Revision of a rollout under way that no deployment of ours started: `UpdateService` would wait for it. */
  readonly otherRollout: string | null;
  /** Subject lines from the running commit to this one, newest first; null where git cannot tell. */
  readonly commits: readonly string[] | null;
  readonly differences: readonly Difference[];
  /** Null where the release's migrations are not known. */
  readonly migration: {
    readonly pending: readonly string[];
    readonly judgement: Judgement | null;
    readonly result: MigrationResult | null;
    readonly summary: string;
    /** Why the database could not be asked; null where it was. */
    readonly unknown: string | null;
  } | null;
  /** Why the health endpoint would not be asked, and what to write where it should be; null where it would. */
  readonly notAsked: string | null;
  readonly expected: Expected | null;
  readonly refusals: readonly LockstepError[];
}

export interface PlanOptions {
  readonly imageTag: string | undefined;
  readonly allowOlder: boolean;
  readonly overridesFreeze: boolean;
}

/** Undefined for those who may not look at load balancers: a plan needs nothing else of them. */
async function doorOf({ loadBalancers = [] }: Service, { health }: Settings, clients: Clients) {
  const groups = loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
  try {
    return await frontDoor(await clients.elb(), health.url, groups);
  } catch (error) {
    if (error instanceof LockstepError && error.error === 'PermissionMissing') return undefined;
    throw error;
  }
}

/** What the image would be called: it is not built, so its digest is not known. */
const UNBUILT = '(built from the commit)';

export async function previewOf(opened: OpenedCommit, options: PlanOptions): Promise<Preview> {
  const { cloud, environment, environmentName, service, repository } = opened;
  const settings = settingsOf(environment, environmentName, service);
  if (!settings) throw new Error(`no service ${service}`);
  const clients = clientsOf(cloud);
  const deps = {
    journal: cloud.journal,
    cloudwatch: await clients.cloudwatch(),
    ecr: await clients.ecr(),
    ecs: await clients.ecs(),
    lambda: await clients.lambda(),
    s3: await clients.s3(),
    bucket: cloud.bucket,
    inspectFunction: inspectFunctionName(environmentName, service),
  };
  const refusals: LockstepError[] = [];
  const request = requestOf(opened, options);
  const closed = frozen(environment, request, new Date());
  if (closed && !options.overridesFreeze) refusals.push(closed);
  const target = `${service}/${environmentName}`;
  const holder = await readLock(cloud.journal, target);
  if (holder && holder.expiresAt * 1000 > Date.now())
    refusals.push(
      new LockstepError('LockHeld', {
        target,
        holder: `, by ${holder.requestedBy}`,
        id: holder.deploymentId,
      }),
    );
  // A deployment that is under way has no outcome yet: the lock tells of it, so it must not stand in the way here.
  const asker = { id: '', target, startedAt: '' };
  const planned = await makePlan(asker, request, settings, deps, (refusal) => void refusals.push(refusal));
  const { plan, observed } = planned;

  const manifestOf = (digest: string | null | undefined) =>
    digest
      ? getJson(deps.s3, deps.bucket, manifestKey(settings.repository, digest), manifestSchema)
      : undefined;
  const next: Schema | undefined = plan.release
    ? await manifestOf(plan.release.digest)
    : await schemaOf(repository, plan.commit ?? '', settings.path);
  const running = await manifestOf(plan.running?.digest);
  const history: HistoryAnswer = settings.database
    ? await askDatabase(deps.lambda, deps.inspectFunction, { want: 'history' }, historyAnswerSchema)
    : unreachable('there is no "database" block in the environment file');
  const before = (await manifestOf(plan.rollbackTarget?.digest)) ?? running;
  const cache = baseCache(deps.s3, deps.bucket);
  // As MigrateCheck does: what is large, or would fail on the rows that are there, only the database tells.
  const ask = async (pending: readonly Migration[]) => {
    const files = pending.map(({ name, sql }) => ({ name, sql: String(sql) }));
    const request = { want: 'facts' as const, pending: files };
    const answer = await askDatabase(deps.lambda, deps.inspectFunction, request, factsAnswerSchema);
    return answer.reachable ? answer.facts : undefined;
  };
  const where = `--service ${service} --environment ${environmentName}`;
  const migration = next
    ? await judged({ next, running, before, history, plan, cache, ask, where }, refusals)
    : null;
  const door = await doorOf(observed.seen.service, settings, clients);
  const primary = observed.seen.service.deployments?.find(({ status }) => status === 'PRIMARY');
  return {
    service,
    environment: environmentName,
    plan,
    counts: {
      running: observed.seen.service.runningCount ?? 0,
      desired: observed.seen.service.desiredCount ?? 0,
    },
    since: primary?.createdAt?.toISOString() ?? null,
    replaced: replacedOutside(plan.running, observed.entries),
    otherRollout:
      !holder && primary?.rolloutState === 'IN_PROGRESS' && primary.taskDefinition
        ? revisionOf(primary.taskDefinition)
        : null,
    commits: (await commitsOf(opened, plan)) ?? null,
    differences: changesOf(planned),
    migration,
    notAsked: door?.closed ? notAsked(door.closed, settings.health.path) : null,
    expected:
      expected(observed.entries, stepsOf(plan, migration?.pending.length ?? 0), plan.settings) ?? null,
    refusals,
  };
}

function requestOf(
  { service, environmentName, commit, file }: OpenedCommit,
  { imageTag, allowOlder }: PlanOptions,
): DeployRequest {
  const common = { version: 1, service, environment: environmentName, requestedBy: requester(), allowOlder };
  if (imageTag) return requestSchema.parse({ ...common, action: 'update', imageTag });
  return requestSchema.parse({
    ...common,
    action: 'deploy',
    commit: commit.hash,
    subject: commit.subject.slice(0, 200),
    committedAt: commit.committedAt,
    source: { key: sourceKey(service, commit.hash) },
    configuration: file.json,
  });
}

interface Question {
  readonly next: Schema;
  readonly running: Schema | undefined;
  readonly before: Schema | undefined;
  readonly history: HistoryAnswer;
  readonly plan: Plan;
  readonly cache: ReturnType<typeof baseCache>;
  ask(pending: readonly Migration[]): Promise<DatabaseFacts | undefined>;
  /** The options by which the commands that mend something find the database. */
  readonly where: string;
}

async function judged(
  { next, running, before, history, plan, cache, ask, where }: Question,
  refusals: LockstepError[],
): Promise<Preview['migration']> {
  const first = await compareRelease(next, running, history);
  const asks = history.reachable && (first.pending.length > 0 || first.findings.length > 0);
  const facts = asks ? await ask(named(next, first.pending)) : undefined;
  const state = await compareRelease(next, running, history, facts, where);
  const { pending } = state;
  const unknown = history.reachable ? null : history.reason;
  let judgement: Judgement | null = null;
  try {
    requireHistory(state.findings);
    judgement = await judgeRelease({ next, before }, state, {
      serverVersion: history.reachable ? history.serverVersion : undefined,
      policy: plan.settings.migrations,
      rehearse: { cache },
      facts,
    });
    const { migrations: policy } = plan.settings;
    const result = decideMigration(judgement, { pending, policy, mayMigrate: plan.steps.migrate });
    return { pending, judgement, result, summary: migrationSummary(result), unknown };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    refusals.push(error);
    return { pending, judgement, result: null, summary: error.message, unknown };
  } finally {
    await closeRehearsal();
  }
}

function commitsOf({ repository, commit }: OpenedCommit, { running, commit: next }: Plan) {
  if (!running?.commit) return undefined;
  return repository.subjectsBetween(running.commit, next ?? commit.hash);
}

function changesOf({ plan, observed }: Planned): Difference[] {
  const { definition } = observed.seen.current;
  return differences(definition, nextRevision(definition, plan.release?.image ?? UNBUILT, plan.settings));
}

function stepsOf({ steps }: Plan, pending: number): Set<Step> {
  return new Set<Step>([
    'Plan',
    ...(steps.build ? (['Build'] as const) : []),
    'MigrateCheck',
    ...(steps.migrate && pending > 0 ? (['Migrate'] as const) : []),
    ...(steps.release ? (['UpdateService', 'VerifyHealth'] as const) : []),
    'Record',
  ]);
}
