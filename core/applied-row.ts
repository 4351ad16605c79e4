/** What the database says of the migrations that it has. */
import { z } from 'zod';

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
