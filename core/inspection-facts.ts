/** The answer of `inspect-database` to the judge's question. Its shape is large, so only those who ask it load it. */
import { z } from 'zod';
import { databaseFactsSchema } from './database-facts.ts';
import { unreachableSchema } from './inspection.ts';

export const factsAnswerSchema = z.union([
  z.strictObject({ reachable: z.literal(true), facts: databaseFactsSchema }),
  unreachableSchema,
]);
