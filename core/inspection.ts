/** What other steps ask `inspect-database`, and what it answers: facts of the catalogue, never a user's rows. */
import { z } from 'zod';
import { appliedRowSchema } from './applied-row.ts';
import { migrationProgressSchema } from './migration-progress.ts';

export const inspectionRequestSchema = z.discriminatedUnion('want', [
  /** The rows of `_prisma_migrations`. */
  z.strictObject({ want: z.literal('history') }),
  /** Whether each of these queries, which the judge made, finds anything. */
  z.strictObject({ want: z.literal('probe'), queries: z.array(z.string()).max(50) }),
  /** How busy the server is. */
  z.strictObject({ want: z.literal('activity') }),
  /** Whom a migration that runs waits for, and how far an index has come. */
  z.strictObject({ want: z.literal('progress') }),
  /** Sizes, traffic, sessions and settings, and of what these migrations constrain whether today's rows keep to it. */
  z.strictObject({
    want: z.literal('facts'),
    pending: z.array(z.strictObject({ name: z.string(), sql: z.string() })),
  }),
]);

export type InspectionRequest = z.infer<typeof inspectionRequestSchema>;

const historySchema = z.strictObject({
  /** The rows of `_prisma_migrations`; null where there is no such table. */
  applied: z.array(appliedRowSchema).nullable(),
  /** Whether there are tables although Prisma has never migrated here (P3005). */
  otherTables: z.boolean(),
  /** `server_version_num`, for example 150018. */
  serverVersion: z.int(),
});

export type DatabaseHistory = z.infer<typeof historySchema>;

export const unreachableSchema = z.strictObject({ reachable: z.literal(false), reason: z.string() });

/** Why nothing is known, in words; every caller has to say what it does then. */
export type Unreachable = z.infer<typeof unreachableSchema>;

export const historyAnswerSchema = z.union([
  historySchema.extend({ reachable: z.literal(true) }),
  unreachableSchema,
]);

export const probeAnswerSchema = z.union([
  z.strictObject({
    reachable: z.literal(true),
    /** In the order of the queries; null where one could not be answered. */
    found: z.array(z.boolean().nullable()),
  }),
  unreachableSchema,
]);

/** `now` counts clients of every database of the server: all of them share its limit. */
const activitySchema = z.strictObject({
  connections: z.strictObject({ now: z.int(), most: z.int() }),
  /** Age of the oldest open transaction in seconds; null where none is open or visible. */
  oldestTransaction: z.number().nullable(),
  /** Large tables that queries read from end to end; left out by a function of an earlier version. */
  scanned: z.array(z.strictObject({ table: z.string(), rows: z.int(), scans: z.int() })).default([]),
});

export type DatabaseActivity = z.infer<typeof activitySchema>;

export const activityAnswerSchema = z.union([
  activitySchema.extend({ reachable: z.literal(true) }),
  unreachableSchema,
]);

export const progressAnswerSchema = z.union([
  migrationProgressSchema.extend({ reachable: z.literal(true) }),
  unreachableSchema,
]);
