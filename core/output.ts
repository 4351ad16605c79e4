/**
 * What `--json` prints: one object a line, told apart by `type`. Fields are only ever added; a program reads those that it
 * knows. docs/events.schema.json is made of this.
 */
import { z } from 'zod';
import { CHECK_EXITS } from './check.ts';
import { runningSchema } from './plan.ts';
import { STEPS } from './steps.ts';
import { VERDICT_NAMES } from './verdict.ts';

const text = z.string();
const time = z.string().describe('ISO 8601');
const maybe = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();
const failure = z.looseObject({
  step: z.enum(STEPS),
  error: text,
  sentence: text,
  remedy: text,
  evidence: z.array(text),
});

export const outputSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('started'),
    deploymentId: text,
    executionArn: text,
    executionName: text,
    service: text,
    environment: text,
    action: text,
    commit: maybe(text),
    subject: text,
    attached: z.boolean(),
  }),
  z.looseObject({
    type: z.literal('step'),
    step: z.enum(STEPS),
    status: z.enum(['running', 'waiting', 'ok', 'skipped', 'failed']),
    seconds: z.number(),
    summary: text,
  }),
  z.looseObject({ type: z.literal('note'), text }),
  z.looseObject({
    type: z.literal('traffic'),
    requests: z.int(),
    failed: z.int(),
    failures: z.array(text),
  }),
  z
    .looseObject({
      type: z.literal('verdict'),
      verdict: z.enum(VERDICT_NAMES),
      deploymentId: text,
      executionArn: text,
      running: maybe(runningSchema),
      sentence: text,
      reason: maybe(text),
      remedy: maybe(text),
      failure: maybe(failure),
      seconds: z.number(),
    })
    .describe('The last line of a run that saw the end of its deployment.'),
  z
    .looseObject({
      type: z.literal('detached'),
      deploymentId: text,
      executionArn: text,
      why: z.enum(['timeout', 'interrupt', 'lost']),
    })
    .describe('The last line of a run that ended before its deployment.'),
  z
    .looseObject({ type: z.literal('error'), error: text, sentence: text, remedy: text })
    .describe('The last line of a run that failed.'),
  z.looseObject({
    type: z.literal('deployment'),
    deploymentId: text,
    startedAt: time,
    endedAt: maybe(time),
    action: text,
    commit: maybe(text),
    subject: text,
    requestedBy: text,
    verdict: maybe(z.enum(VERDICT_NAMES)),
    reason: maybe(text),
    running: maybe(runningSchema),
  }),
  z
    .looseObject({
      type: z.literal('outside'),
      serviceDeployment: text,
      startedAt: time,
      endedAt: maybe(time),
      taskDefinition: maybe(text),
      status: text,
    })
    .describe('In `history`: a change of the service that no deployment of Lockstep made.'),
  z.looseObject({ type: z.literal('evidence'), entry: z.looseObject({ deploymentId: text }) }),
  z.looseObject({
    type: z.literal('plan'),
    service: text,
    environment: text,
    commit: maybe(text),
    running: maybe(runningSchema),
    commits: maybe(z.array(text)),
    differences: z.array(z.looseObject({ path: text, before: text.optional(), after: text.optional() })),
    refusals: z.array(z.looseObject({ error: text, sentence: text, remedy: text })),
  }),
  z.looseObject({
    type: z.literal('check'),
    service: text,
    environment: text,
    status: z.enum(Object.keys(CHECK_EXITS) as (keyof typeof CHECK_EXITS)[]),
    problems: z.array(z.looseObject({ weight: z.enum(['degraded', 'down']), sentence: text, remedy: text })),
    running: maybe(runningSchema),
    counts: z.looseObject({ desired: z.int(), running: z.int(), pending: z.int() }),
  }),
  z.looseObject({
    type: z.literal('verification'),
    environment: text,
    problems: z.int(),
    branches: z.array(
      z.looseObject({
        name: text,
        checkpoints: z.array(
          z.looseObject({
            name: text,
            status: z.enum(['OK', 'NG', 'SKIP']),
            detail: text,
            remedy: text.optional(),
          }),
        ),
      }),
    ),
  }),
  z.looseObject({ type: z.literal('log'), at: time, task: text, stream: text, message: text }),
  z.looseObject({
    type: z.literal('metrics'),
    service: text,
    environment: text,
    from: time,
    periodSeconds: z.int(),
    series: z.array(z.looseObject({ id: text, label: text, unit: text, values: z.array(maybe(z.number())) })),
  }),
  z.looseObject({
    type: z.literal('migrations'),
    service: text,
    environment: text,
    applied: z.array(text),
    pending: z.array(text),
    findings: z.array(z.looseObject({ kind: text, means: text, now: text, commands: z.array(text) })),
  }),
  z.looseObject({
    type: z.literal('schedule'),
    service: text,
    environment: text,
    cron: text,
    expression: text,
    timeZone: text,
    what: text,
    next: z.array(
      z.looseObject({
        at: time,
        refused: maybe(z.looseObject({ until: maybe(time), timeZone: text, reason: text })),
      }),
    ),
    last: maybe(
      z.looseObject({
        at: time,
        deploymentId: text,
        verdict: maybe(z.enum(VERDICT_NAMES)),
        reason: maybe(text),
      }),
    ),
    notes: z.array(text),
  }),
  z.looseObject({
    type: z.literal('uploaded'),
    service: text,
    environment: text,
    branch: text,
    commit: text,
    changed: z.boolean(),
  }),
  z.looseObject({ type: z.literal('fix'), migration: text, written: z.boolean() }),
  z.looseObject({
    type: z.literal('explanation'),
    code: text,
    what: text,
    why: text,
    do: text,
    exit: z.int(),
  }),
]);
