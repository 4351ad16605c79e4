/**
 * The plan of a deployment: what was seen before anything was done, and what later steps obey. Everything of the
 * environment file that a step needs is in it, resolved, so that no step reads configuration again.
 */
import { z } from 'zod';
import type { Environment } from './environment.ts';
import { migrationPolicySchema } from './migration-policy.ts';
import { digestSchema, releaseSchema } from './release.ts';

/** A revision of the service that runs or ran. */
export const runningSchema = z.strictObject({
  /** The task definition's ARN. */
  taskDefinition: z.string(),
  /** `backend-production:41`. */
  revision: z.string(),
  /** The image as the task definition names it. */
  image: z.string(),
  /** The digest that really ran, from the service revision; null where nothing has run. */
  digest: digestSchema.nullable(),
  /** Null for a release that the journal does not know. */
  commit: z.string().nullable(),
  /** When the commit was made, ISO 8601, where known. */
  committedAt: z.string().nullable(),
});

export type Running = z.infer<typeof runningSchema>;

export const rollbackTargetSchema = runningSchema.extend({
  /** `journal`: proven healthy by a deployment of ours; `steady`: was running and steady when we first came. */
  provenBy: z.enum(['journal', 'steady']),
  provenAt: z.string(),
});

export type RollbackTarget = z.infer<typeof rollbackTargetSchema>;

/** The service's configuration with every default applied. */
export const settingsSchema = z.strictObject({
  path: z.string(),
  dockerfile: z.string(),
  /** Folders, from the repository's root. */
  build: z.strictObject({ context: z.string(), workingDirectory: z.string() }),
  cluster: z.string(),
  ecsService: z.string(),
  container: z.string(),
  port: z.int(),
  repository: z.string(),
  logGroup: z.string(),
  variables: z.record(z.string(), z.string()),
  cpu: z.int(),
  memory: z.int(),
  tagStrategy: z.enum(['mutable', 'immutable']),
  health: z.strictObject({
    url: z.string().nullable(),
    path: z.string(),
    statusPath: z.string().nullable(),
    statusTokenSecret: z.string().nullable(),
    bakeSeconds: z.int(),
    deadlineSeconds: z.int(),
    alarms: z.array(z.string()),
  }),
  database: z.strictObject({ schema: z.string(), instance: z.string().nullable() }).nullable(),
  migrations: migrationPolicySchema,
});

export type Settings = z.infer<typeof settingsSchema>;

export const planSchema = z.strictObject({
  action: z.enum(['deploy', 'publish', 'update', 'rollback']),
  commit: z.string().nullable(),
  subject: z.string(),
  committedAt: z.string().nullable(),
  settings: settingsSchema,
  /** Null where the service has never run a task. */
  running: runningSchema.nullable(),
  /** Null where nothing is known to work: then a failed release needs a person. */
  rollbackTarget: rollbackTargetSchema.nullable(),
  /** The repository's URI in ECR: what comes before `:tag` or `@sha256:…`. */
  repositoryUri: z.string(),
  /** The tag that the build pushes. */
  tag: z.string(),
  sourceKey: z.string().nullable(),
  /** Set where the image exists already: then nothing is built. */
  release: releaseSchema.nullable(),
  /** ARN of the revision to go back to as it was; null where the release gets a copy of the running revision. */
  taskDefinition: z.string().nullable(),
  /** Which of the later steps this deployment takes. */
  steps: z.strictObject({ build: z.boolean(), migrate: z.boolean(), release: z.boolean() }),
});

export type Plan = z.infer<typeof planSchema>;

/** What a revision runs, before anybody has said which commit it is of. */
export type Seen = Omit<Running, 'commit' | 'committedAt'>;

/** Names what was seen by the first release of the same digest that is known. */
export function nameRunning(
  seen: Seen,
  known: readonly (Pick<Running, 'digest' | 'commit' | 'committedAt'> | null)[],
): Running {
  const match = known.find((release) => release?.digest && release.digest === seen.digest && release.commit);
  return { ...seen, commit: match?.commit ?? null, committedAt: match?.committedAt ?? null };
}

/** `a1b2c3d`, or what else tells a release from another: for people. */
export function shortName(running: Pick<Running, 'commit' | 'digest' | 'image'>): string {
  return running.commit?.slice(0, 7) ?? running.digest?.slice(0, 19) ?? running.image;
}

/** `runs 9f31c2e (backend:41); rollback target 9f31c2e, proven 2026-11-21`. */
export function planSummary({
  running,
  rollbackTarget: back,
}: Pick<Plan, 'running' | 'rollbackTarget'>): string {
  const now = running ? `runs ${shortName(running)} (${running.revision})` : 'runs nothing yet';
  if (!back) return `${now}; no way back is known`;
  const how = back.provenBy === 'journal' ? 'proven' : 'steady since';
  return `${now}; rollback target ${shortName(back)}, ${how} ${back.provenAt.slice(0, 10)}`;
}

/** The guide names tasks' families and log groups after service and environment. */
export function settingsOf(
  environment: Environment,
  environmentName: string,
  serviceName: string,
): Settings | undefined {
  const service = environment.services[serviceName];
  if (!service) return undefined;
  const { health, database } = service;
  return {
    path: service.path,
    dockerfile: service.dockerfile,
    build: {
      context: service.build.context ?? service.path,
      workingDirectory: service.build.workingDirectory ?? service.path,
    },
    cluster: service.cluster,
    ecsService: service.ecsService ?? serviceName,
    container: service.container ?? serviceName,
    port: service.port,
    repository: service.repository ?? serviceName,
    logGroup: service.logGroup ?? `${environmentName}-${serviceName}`,
    variables: service.environment,
    cpu: environment.resources.cpu,
    memory: environment.resources.memory,
    tagStrategy: environment.deployment.imageTagStrategy,
    health: {
      url: health.url ?? null,
      path: health.path,
      statusPath: health.statusPath ?? null,
      statusTokenSecret: health.statusTokenSecret ?? null,
      bakeSeconds: health.bakeSeconds,
      deadlineSeconds: health.deadlineSeconds,
      alarms: health.alarms,
    },
    database: database ? { schema: database.schema, instance: database.instance ?? null } : null,
    migrations: environment.migrations,
  };
}

/** `arn:…:task-definition/backend-production:41` → `backend-production:41`. */
export function revisionOf(taskDefinitionArn: string): string {
  return taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf('/') + 1);
}
