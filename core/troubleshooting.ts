/** The guide's troubleshooting cases: where each shows, and the errors by which it is named there. docs/troubleshooting.md is made of it. */
import { SLOW_REMEDY } from './check.ts';
import type { ErrorName } from './errors.ts';

export interface TroubleCase {
  /** As the guide calls it. */
  readonly title: string;
  /** Where a person meets it. */
  readonly shows: string;
  /** Its sentences and remedies are those of the table. */
  readonly errors: readonly ErrorName[];
  /** What is seen and done where no deployment is involved. */
  readonly besides?: string;
}

export const TROUBLE: readonly TroubleCase[] = [
  {
    title: 'Type errors',
    shows: 'Build, and the checks before `publish`',
    errors: ['TypeError', 'PreCheckFailed'],
  },
  { title: 'Prisma generation fails', shows: 'Build', errors: ['PrismaGenerateFailed'] },
  {
    title: 'A migration won’t run',
    shows: 'MigrateCheck, Migrate and `migrations status`',
    errors: ['FailedMigration', 'MigrationFailed', 'MigrationLockTimeout', 'MigrationNotStarted'],
  },
  {
    title: 'Conflicting migrations',
    shows: 'MigrateCheck and `migrations status`',
    errors: ['MigrationHistoryBroken'],
  },
  {
    title: 'The container won’t start: a variable is missing',
    shows: 'VerifyHealth and `check`',
    errors: ['VariableMissing', 'SecretUnavailable'],
  },
  {
    title: 'The container won’t start: the database',
    shows: 'VerifyHealth and `check`',
    errors: ['DatabaseUnreachable', 'DatabaseDemandsTls', 'DatabaseDenied'],
  },
  {
    title: 'The container won’t start: the port is in use',
    shows: 'VerifyHealth and `check`',
    errors: ['PortInUse', 'NeverListened'],
  },
  {
    title: 'A security group lets nothing in',
    shows: 'VerifyHealth and `verify`',
    errors: ['DatabaseUnreachable', 'TargetsUnhealthy'],
    besides:
      '`lockstep verify` tries the way to the database through the service’s own security groups; where it is closed it says NG, names the groups at both ends, and prints the rule that opens it.',
  },
  {
    title: 'High memory',
    shows: 'VerifyHealth and `check`',
    errors: ['OutOfMemory'],
    besides:
      '`lockstep check` says when memory is above 80 % of its limit, and which line of the environment file to change.',
  },
  {
    title: 'Slow responses',
    shows: '`check` and `watch metrics`',
    errors: [],
    besides: `\`lockstep check\` says when p95 is a second or more. It names the slowest statement of the database’s log, and the large table that is read from end to end for it. Where the log has none: ${SLOW_REMEDY}`,
  },
  { title: 'The connection pool is exhausted', shows: 'VerifyHealth and `check`', errors: ['PoolExhausted'] },
];
