/** What a database says about itself: sizes, traffic, sessions. Facts of the catalogue, never a value of a user's row. */
import { z } from 'zod';

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
