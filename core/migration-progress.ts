/** What a migration that runs is doing: whom it waits for, and how far an index has come. */
import { z } from 'zod';

const blockerSchema = z.strictObject({
  pid: z.int(),
  application: z.string(),
  /** `active`, `idle in transaction` … */
  state: z.string(),
  /** Age of its transaction. */
  seconds: z.number(),
  /** Its first words, without a value. */
  query: z.string(),
});

export const migrationProgressSchema = z.strictObject({
  waiting: z
    .strictObject({
      /** What the lock is on; null where it is no table. */
      table: z.string().nullable(),
      seconds: z.number(),
      blockers: z.array(blockerSchema),
    })
    .nullable(),
  index: z.strictObject({ table: z.string(), phase: z.string(), percent: z.number().nullable() }).nullable(),
});

export type MigrationProgress = z.infer<typeof migrationProgressSchema>;

/** `waits 4 s for a lock on documents behind pid 4711 (psql, idle in transaction for 82 s: UPDATE documents …)`. */
export function waitText({ waiting }: MigrationProgress): string | null {
  if (!waiting) return null;
  const [first, ...others] = waiting.blockers;
  const on = waiting.table ? ` on ${waiting.table}` : '';
  const text = `waits ${Math.round(waiting.seconds)} s for a lock${on}`;
  if (!first) return text;
  const who = `${first.application || 'unnamed'}, ${first.state} for ${Math.round(first.seconds)} s: ${first.query}`;
  return `${text} behind pid ${first.pid} (${who})${others.length > 0 ? ` and ${others.length} more` : ''}`;
}

export function progressText(progress: MigrationProgress): string | null {
  const { index } = progress;
  const wait = waitText(progress);
  if (wait || !index) return wait;
  return `index on ${index.table}: ${index.phase}${index.percent === null ? '' : `, ${Math.round(index.percent)} %`}`;
}
