/**
 * The input of an execution: what `lockstep deploy` sends, and what anybody may send with
 * `aws stepfunctions start-execution`. Versioned; the JSON Schema in docs/ is generated from it.
 */
import { z } from 'zod';
import { type Problem, problemsOf } from './problems.ts';

const commit = z.string().regex(/^[0-9a-f]{7,40}$/, 'must be a git commit: 7 to 40 hexadecimal digits');

export const requestSchema = z.strictObject({
  version: z.literal(1).describe('The version of this format.'),
  service: z.string().min(1).describe('The service’s key in the environment file.'),
  environment: z.string().min(1).describe('The environment’s name.'),
  action: z
    .enum(['deploy', 'publish', 'update', 'rollback'])
    .default('deploy')
    .describe(
      '`deploy` builds and releases; `publish` builds only; `update` releases what was published; `rollback` goes back.',
    ),
  commit: commit.optional().describe('The commit to build or, with `update`, to release.'),
  subject: z.string().max(200).optional().describe('The commit’s subject line, for people.'),
  committedAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('When the commit was made; an older one than the running release is refused.'),
  branch: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('In place of `commit`: the commit of this branch whose source was uploaded last.'),
  source: z
    .strictObject({
      key: z
        .string()
        .min(1)
        .describe('Key of a zip of the commit in the artefact bucket, below `sources/<service>/`.'),
    })
    .optional()
    .describe('What is built. Needed when an image for the commit does not exist yet.'),
  imageTag: z.string().min(1).max(128).optional().describe('Release this tag.'),
  imageDigest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits')
    .optional()
    .describe('Release this digest.'),
  rollbackTo: z
    .string()
    .min(1)
    .optional()
    .describe('With `rollback`: a tag, a revision (`backend:41`) or a deployment’s id.'),
  migrate: z
    .boolean()
    .default(true)
    .describe('`false` releases without migrating; refused where a migration is pending.'),
  allowOlder: z.boolean().default(false).describe('Release a commit that is older than the running one.'),
  configuration: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('The environment file of the commit. Left out, the one that was sent last is used.'),
  requestedBy: z.string().max(200).default('unknown').describe('Who asks, for people.'),
  reason: z.string().max(500).optional().describe('Why, for people.'),
  overrideFreeze: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('Why this cannot wait for the end of a freeze or for a weekly window; it is recorded.'),
  schedule: z
    .strictObject({
      at: z.iso.datetime({ offset: true }).describe('The time for which the schedule started it.'),
    })
    .optional()
    .describe('Set by EventBridge Scheduler’s start: a release that was taken back is not tried again then.'),
});

export type DeployRequest = z.infer<typeof requestSchema>;

/** Reads a request from parsed JSON: all problems at once, each with its path. */
export function parseRequest(json: unknown): { request: DeployRequest } | { problems: Problem[] } {
  const parsed = requestSchema.safeParse(json, { reportInput: true });
  return parsed.success
    ? { request: parsed.data }
    : { problems: problemsOf(parsed.error, requestSchema, '(the request)') };
}

/** What every step knows of the deployment that it belongs to. The first state makes it from the execution's own data. */
export const deploymentSchema = z.strictObject({
  /** First eight hexadecimal digits of the SHA-256 of the execution's ARN. */
  id: z.string().regex(/^[0-9a-f]{8}$/),
  /** `backend/production`: the lock's name and the journal's partition. */
  target: z.string(),
  service: z.string(),
  environment: z.string(),
  /** When the execution started, ISO 8601: the journal's sort key. */
  startedAt: z.string(),
  executionArn: z.string(),
  /** The execution that holds the lock: the deployment's own, or the recovery's that took it over. */
  owner: z.string(),
});

export type Deployment = z.infer<typeof deploymentSchema>;

/** Longest execution name that Step Functions takes. */
export const NAME_LIMIT = 80;

/** `20261124T020000Z`: what follows the prefix below. */
const TIME_LENGTH = 16;

/**
 * `backend-production-schedule-`: the name of a scheduled execution without its time. Whoever starts it for the same time
 * once more names the same execution, so that a delivery that comes twice deploys once.
 */
export function scheduledNamePrefix(service: string, environment: string): string {
  const tail = '-schedule-';
  return `${service}-${environment}`.slice(0, NAME_LIMIT - TIME_LENGTH - tail.length) + tail;
}

/** `backend-production-a1b2c3d-20261124T091502Z`: says service, environment, commit and time; at most 80 characters. */
export function executionName(
  request: Pick<DeployRequest, 'service' | 'environment' | 'action' | 'commit'>,
  at: Date,
  suffix?: string,
): string {
  const what = request.commit?.slice(0, 7) ?? request.action;
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const tail = `-${what}-${time}${suffix ? `-${suffix}` : ''}`;
  return `${request.service}-${request.environment}`.slice(0, NAME_LIMIT - tail.length) + tail;
}
