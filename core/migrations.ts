// The vocabulary of judged migrations, shared by the judge, the Lambdas, the CLI and the console.
// Every shape here may cross a boundary (S3, Step Functions, HTTP), so it is a zod schema first.
import { z } from 'zod';
import { agreementSchema, consequenceSchema, severitySchema, verdictSchema } from './migration-policy.ts';

export * from './applied-row.ts';
export * from './database-facts.ts';
export * from './migration-policy.ts';

/** One directory of prisma/migrations. `sql` is the file as text; bytes stay bytes until the judge has decoded them. */
export const migrationSchema = z.strictObject({
  name: z.string().min(1).describe('The directory, for example 20261124_note.'),
  sql: z.union([z.string(), z.instanceof(Uint8Array)]),
  path: z
    .string()
    .optional()
    .describe('Where the file is in the repository; findings point there. Else NAME/migration.sql.'),
  sha256: z.string().optional().describe("Hex SHA-256 of the file's bytes, as Prisma stores it."),
});
export type Migration = z.infer<typeof migrationSchema>;

export const lockModeSchema = z.enum([
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
]);
/** PostgreSQL's table locks, weakest first. */
export type LockMode = z.infer<typeof lockModeSchema>;

/** Where the migrations that a release brings and the database differ, in Prisma's words. */
export const historyFindingSchema = z.strictObject({
  kind: z.enum([
    'edited',
    'failed',
    'half-applied',
    'rolled-back',
    'ahead',
    'out-of-order',
    'baseline-missing',
    'locked',
    'prisma-unsupported',
    'provider',
  ]),
  code: z.string().optional().describe("Prisma's error code that `migrate deploy` would end with."),
  severity: z.enum(['notice', 'blocked']),
  migration: z.string().optional(),
  means: z.string().describe('What it means, one or two sentences.'),
  now: z.string().describe('What is true in the database now.'),
  commands: z.array(z.string()).describe('What mends it, in order.'),
});
export type HistoryFinding = z.infer<typeof historyFindingSchema>;

export const historyStateSchema = z.strictObject({
  pending: z.array(z.string()),
  applied: z.array(z.string()),
  findings: z.array(historyFindingSchema),
});
export type HistoryState = z.infer<typeof historyStateSchema>;

/** What a statement does to one relation. */
export const effectSchema = z.strictObject({
  table: z.string(),
  lock: lockModeSchema,
  rewrites: z.boolean(),
  scans: z.boolean(),
});
export type Effect = z.infer<typeof effectSchema>;

/** Seconds, as a range with the reason for it. `high: null`: unknown, it may take any time. */
export const estimateSchema = z.strictObject({
  low: z.number(),
  high: z.number().nullable(),
  reason: z.string(),
});
export type Estimate = z.infer<typeof estimateSchema>;

export const safeFormSchema = z.strictObject({
  summary: z.string(),
  steps: z.array(
    z.strictObject({
      when: z.enum(['this-release', 'next-release', 'later-release']),
      name: z.string().describe('Suffix for the directory of the new migration.'),
      sql: z.string(),
    }),
  ),
});
export type SafeForm = z.infer<typeof safeFormSchema>;

export const findingSchema = z.strictObject({
  rule: z.string(),
  severity: severitySchema,
  migration: z.string(),
  file: z.string(),
  line: z.number().int().min(1),
  column: z.number().int().min(1),
  statement: z.string().describe('The statement’s text, shortened to 2,000 characters.'),
  action: z
    .number()
    .int()
    .optional()
    .describe('Which of an ALTER TABLE’s commands it is about, from 0; absent: the whole statement.'),
  table: z.string().optional(),
  observed: z
    .strictObject({
      by: z.enum(['rehearsal', 'rules']),
      effects: z.array(effectSchema),
      error: z.string().optional(),
    })
    .optional(),
  why: z.string(),
  help: z.string().optional(),
  safe: safeFormSchema.optional(),
  estimate: estimateSchema.optional(),
  waits: z.string().optional().describe('Behind whom the statement would wait for its lock.'),
  consequences: z.array(consequenceSchema).default([]),
  allowed: z
    .strictObject({ reason: z.string(), until: z.string().optional() })
    .optional()
    .describe('Set where a comment in the file allows it: it then counts as a notice.'),
});
export type Finding = z.infer<typeof findingSchema>;

/** One thing that a client of Prisma would meet. */
export const compatibilityDetailSchema = z.strictObject({
  direction: z.enum(['old-code-on-new-schema', 'new-code-on-old-schema']),
  agreement: agreementSchema,
  model: z.string(),
  field: z.string().optional(),
  operation: z.enum(['read', 'filter', 'create', 'update', 'delete', 'upsert', 'read-after-new-writes']),
  code: z.string().describe("Prisma's error code, for example P2022; empty where it throws another."),
  why: z.string(),
  proof: z.string().optional().describe('A query that says whether what is incompatible was written yet.'),
});
export type CompatibilityDetail = z.infer<typeof compatibilityDetailSchema>;

export const compatibilitySchema = z.strictObject({
  oldCodeOnNewSchema: agreementSchema,
  newCodeOnOldSchema: agreementSchema,
  details: z.array(compatibilityDetailSchema),
});
export type Compatibility = z.infer<typeof compatibilitySchema>;

/** A pending statement and what is known of it. */
export const statementJudgementSchema = z.strictObject({
  migration: z.string(),
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  text: z.string(),
  severity: severitySchema,
  by: z.enum(['rehearsal', 'rules']),
  effects: z.array(effectSchema),
  error: z.string().optional(),
  notRehearsed: z.string().optional().describe('Why it was judged by the rules alone.'),
  estimate: estimateSchema.optional(),
});
export type StatementJudgement = z.infer<typeof statementJudgementSchema>;

export const judgementSchema = z.strictObject({
  verdict: verdictSchema,
  findings: z.array(findingSchema),
  compatibility: compatibilitySchema,
  consequences: z.array(consequenceSchema),
  statements: z.array(statementJudgementSchema),
  rehearsal: z.strictObject({
    done: z.boolean(),
    reason: z.string().optional(),
    milliseconds: z.number().optional(),
    baseFromCache: z.boolean().optional(),
  }),
});
export type Judgement = z.infer<typeof judgementSchema>;
