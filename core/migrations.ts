// The vocabulary of judged migrations, shared by the judge, the Lambdas, the CLI and the console.
// Every shape here may cross a boundary (S3, Step Functions, HTTP), so it is a zod schema first.
import { z } from 'zod';

/** How much a finding weighs. Only the last two stop a deployment; style never does. */
export const severitySchema = z.enum(['fine', 'notice', 'needs-approval', 'blocked']);
export type Severity = z.infer<typeof severitySchema>;

/** What a set of pending migrations comes to. `none`: nothing is pending. */
export const verdictSchema = z.enum(['none', 'safe', 'needs-approval', 'blocked']);
export type MigrationVerdict = z.infer<typeof verdictSchema>;

/** What a person accepts by approving. Each one that applies must be accepted by name. */
export const consequenceSchema = z.enum(['downtime', 'no-rollback', 'data-loss']);
export type Consequence = z.infer<typeof consequenceSchema>;

export const ruleActionSchema = z.enum(['off', 'notice', 'approve', 'block']);
export type RuleAction = z.infer<typeof ruleActionSchema>;

const duration = z
  .string()
  .regex(/^\d+(ms|s|min)$/, 'a time such as "500ms", "5s" or "2min"')
  .describe('A time: a whole number and ms, s or min.');

/** The environment file's `migrations` block. */
export const migrationPolicySchema = z
  .strictObject({
    approve: z
      .array(z.enum(['needs-approval', 'blocked']))
      .default(['needs-approval'])
      .describe(
        'Which verdicts a person may approve. A verdict that is not listed is refused without asking.',
      ),
    lockTimeout: duration
      .default('5s')
      .describe('How long a migration waits for a lock before it gives up; set on the connection.'),
    maxLockSeconds: z
      .number()
      .positive()
      .max(3600)
      .default(2)
      .describe('Seconds for which a statement may keep readers or writers out without asking.'),
    rules: z
      .record(z.string(), ruleActionSchema)
      .default({})
      .describe('What a rule does here, by its id, in place of what it would do by itself.'),
    snapshot: z
      .enum(['always', 'risky', 'never'])
      .default('risky')
      .describe('When the database is snapshotted before it is migrated.'),
    selfApproval: z
      .boolean()
      .default(true)
      .describe('Whether the person who started a deployment may approve it.'),
  })
  .describe('How migrations are judged and run.');
export type MigrationPolicy = z.infer<typeof migrationPolicySchema>;

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

/** A row of `_prisma_migrations`. Times are ISO strings. */
export const appliedRowSchema = z.strictObject({
  id: z.string(),
  checksum: z.string(),
  migrationName: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  rolledBackAt: z.string().nullable(),
  appliedStepsCount: z.number().int(),
  logs: z.string().nullable(),
});
export type AppliedRow = z.infer<typeof appliedRowSchema>;

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

export const columnFactsSchema = z.strictObject({
  type: z.string(),
  notNull: z.boolean(),
  hasDefault: z.boolean(),
  nullFraction: z.number().nullable().describe('From pg_stats; null where it was never analysed.'),
});

export const tableFactsSchema = z.strictObject({
  rows: z.number().nullable().describe('Estimated rows (reltuples); null where never analysed.'),
  bytes: z.number().describe('Heap and TOAST, in bytes.'),
  totalBytes: z.number().describe('With indexes, in bytes.'),
  deadRows: z.number(),
  readsPerSecond: z.number().nullable().describe('Scans a second since statistics were reset.'),
  writesPerSecond: z.number().nullable(),
  lastAnalyzed: z.string().nullable(),
  columns: z.record(z.string(), columnFactsSchema).default({}),
  indexes: z
    .array(
      z.strictObject({
        name: z.string(),
        columns: z.array(z.string()),
        unique: z.boolean(),
        primary: z.boolean(),
        valid: z.boolean(),
        bytes: z.number(),
        scans: z.number(),
      }),
    )
    .default([]),
  constraints: z
    .array(z.strictObject({ name: z.string(), kind: z.string(), validated: z.boolean() }))
    .default([]),
  triggers: z.array(z.string()).default([]),
  partitioned: z.boolean().default(false),
  rowSecurity: z.boolean().default(false),
});
export type TableFacts = z.infer<typeof tableFactsSchema>;

/** A session, told apart by what helps to find it. `query` is its first words with every literal replaced by `?`. */
export const sessionFactsSchema = z.strictObject({
  pid: z.number().int(),
  user: z.string().nullable(),
  application: z.string().nullable(),
  state: z.string(),
  transactionSeconds: z.number(),
  query: z.string(),
  locks: z.array(z.strictObject({ table: z.string(), mode: z.string(), granted: z.boolean() })).default([]),
  blockedBy: z.array(z.number().int()).default([]),
});
export type SessionFacts = z.infer<typeof sessionFactsSchema>;

/** What was asked of today's rows for the columns that a pending statement constrains. */
export const probeFactsSchema = z.strictObject({
  kind: z.enum(['nulls', 'duplicates', 'rows', 'orphans', 'violations']),
  table: z.string(),
  columns: z.array(z.string()),
  found: z.boolean().nullable().describe('null: unknown, see `reason`.'),
  reason: z.string().optional(),
});
export type ProbeFacts = z.infer<typeof probeFactsSchema>;

/** What the database says about itself: catalogue facts only, never a value from a user's row. */
export const databaseFactsSchema = z.strictObject({
  readAt: z.string().describe('ISO time at which they were read.'),
  serverVersion: z.number().int().describe('server_version_num, for example 150018.'),
  settings: z.record(z.string(), z.string()).default({}),
  tables: z
    .record(z.string(), tableFactsSchema)
    .default({})
    .describe('By name; with the schema in front where that is not "public".'),
  enums: z.record(z.string(), z.array(z.string())).default({}),
  sequences: z
    .array(
      z.strictObject({
        name: z.string(),
        table: z.string().nullable(),
        column: z.string().nullable(),
        columnType: z.string().nullable(),
        lastValue: z.string().nullable(),
        maximum: z.string().describe('The lower of the sequence’s and the column’s limit.'),
        used: z.number().describe('0 to 1'),
      }),
    )
    .default([]),
  sessions: z
    .array(sessionFactsSchema)
    .default([])
    .describe('Long, idle in transaction, holding or awaiting locks.'),
  connections: z.strictObject({ used: z.number(), maximum: z.number() }).optional(),
  replication: z
    .strictObject({
      slots: z.array(
        z.strictObject({
          name: z.string(),
          type: z.string(),
          active: z.boolean(),
          lagBytes: z.number().nullable(),
        }),
      ),
      replicas: z.array(
        z.strictObject({
          name: z.string(),
          lagSeconds: z.number().nullable(),
          lagBytes: z.number().nullable(),
        }),
      ),
    })
    .default({ slots: [], replicas: [] }),
  migrators: z
    .array(z.strictObject({ pid: z.number().int(), granted: z.boolean() }))
    .default([])
    .describe("Holders and waiters of Prisma's advisory lock 72707369."),
  probes: z.array(probeFactsSchema).default([]),
  unknown: z.array(z.string()).default([]).describe('What could not be read, each with its reason.'),
});
export type DatabaseFacts = z.infer<typeof databaseFactsSchema>;

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

export const agreementSchema = z.enum(['compatible', 'until-written', 'incompatible', 'unknown']);
export type Agreement = z.infer<typeof agreementSchema>;

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

const rank: Record<Severity, number> = { fine: 0, notice: 1, 'needs-approval': 2, blocked: 3 };
export const severityRank = (severity: Severity): number => rank[severity];

/** The heavier of two. */
export const heavier = (a: Severity, b: Severity): Severity => (rank[a] >= rank[b] ? a : b);

/** The verdict over findings; `none` only where nothing is pending. */
export function verdictOf(pending: number, findings: readonly Pick<Finding, 'severity'>[]): MigrationVerdict {
  const worst = findings.reduce<Severity>((sum, finding) => heavier(sum, finding.severity), 'fine');
  if (worst === 'blocked' || worst === 'needs-approval') return worst;
  return pending === 0 ? 'none' : 'safe';
}

/** Seconds of a policy's duration: "500ms" is 0.5. */
export function seconds(text: string): number {
  const match = /^(\d+)(ms|s|min)$/.exec(text);
  if (!match) throw new Error(`"${text}" is not a time such as "500ms", "5s" or "2min".`);
  return Number(match[1]) * { ms: 0.001, s: 1, min: 60 }[match[2] as 'ms' | 's' | 'min'];
}
