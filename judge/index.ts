// The judge's seam: what the Lambdas, the command and the console call. Everything else in judge/ is its own business.
export { readPrismaSchema, type SchemaFiles } from './compatibility/prisma.ts';
export {
  type FactsOptions,
  type FactsRead,
  type Query,
  readDatabaseFacts,
  readMigrations,
} from './facts/read.ts';
export { checksum, checksums } from './history/checksum.ts';
export { compareHistory, type HistoryInput, inOrder } from './history/compare.ts';
export { type JudgeInput, judge } from './judge.ts';
export { loadParser } from './parse/statements.ts';
export { closeRehearsal, type RehearsalOptions } from './rehearse/index.ts';
export { ruleIds, rules } from './rules/index.ts';
