// The judge's seam: what the Lambdas, the command and the console call. Everything else in judge/ is its own business.
export { readPrismaSchema, type SchemaFiles } from './compatibility/prisma.ts';
export {
  type FactsOptions,
  type FactsRead,
  type Query,
  readDatabaseFacts,
  readMigrations,
} from './facts/read.ts';
export { type Fix, type FixFile, fix } from './fix/index.ts';
export { checksum, checksums } from './history/checksum.ts';
export { compareHistory, type HistoryInput, inOrder } from './history/compare.ts';
export { type Repository, readRepository } from './history/repository.ts';
export { type JudgeInput, judge } from './judge.ts';
export { loadParser } from './parse/statements.ts';
export { closeRehearsal, type RehearsalOptions } from './rehearse/index.ts';
export {
  compareRelease,
  type HistoryAnswer,
  judgeRelease,
  named,
  type Releases,
  type Schema,
} from './releases.ts';
export { exitCode, type Format, formats, render } from './report/index.ts';
export { ruleIds, rules } from './rules/index.ts';
