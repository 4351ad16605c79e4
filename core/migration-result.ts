/** What `MigrateCheck` found and `Migrate` did, as far as other steps have to know it. The whole judgement is in S3. */
import { z } from 'zod';
import { agreementSchema, consequenceSchema, verdictSchema } from './migration-policy.ts';

export const migrationResultSchema = z.strictObject({
  verdict: verdictSchema,
  /** Names of the migrations that the database does not have yet, in Prisma's order. */
  pending: z.array(z.string()),
  /** Whether the code that would be rolled back to works on the schema that the release leaves. */
  oldCode: agreementSchema,
  /** What a person accepts by approving. */
  consequences: z.array(consequenceSchema),
  /** Whether the policy `"snapshot": "risky"` takes a snapshot. */
  risky: z.boolean(),
  /** How many findings there are; they are in the journal and in S3. */
  findings: z.int(),
  /** Pending migrations of which nothing remains when they fail: those of one statement. */
  atomic: z.array(z.string()).optional(),
  /** Pending migrations that only build or drop indexes CONCURRENTLY: they keep nobody out, however long they wait. */
  concurrent: z.array(z.string()).optional(),
  /** What has become of the database: `Migrate` sets it. */
  database: z.enum(['unchanged', 'migrated', 'failed']),
});

export type MigrationResult = z.infer<typeof migrationResultSchema>;

/** Of a release whose migrations nobody knows. Nothing is migrated then. */
export const NOTHING_KNOWN: MigrationResult = {
  verdict: 'none',
  pending: [],
  oldCode: 'unknown',
  consequences: [],
  risky: false,
  findings: 0,
  database: 'unchanged',
};
