// What the release that runs now does with a table or column: it decides between "wait a release" and "go ahead".
import type { Consequence, Severity } from '../../core/migrations.ts';
import { uses } from '../compatibility/prisma.ts';
import type { Context } from './rule.ts';

/** `unknown`: its schema.prisma was not given. */
export function oldCode(context: Context, table: string, column?: string): 'uses' | 'unaware' | 'unknown' {
  if (!context.oldClient) return 'unknown';
  return uses(context.oldClient, table, column) ? 'uses' : 'unaware';
}

type Weight = { severity: Severity; consequences: Consequence[]; sentence: string };

/** For a change after which whatever still reads the thing fails at once. */
export function taking(
  context: Context,
  what: string,
  table: string,
  column: string | undefined,
  code: string,
): Weight {
  switch (oldCode(context, table, column)) {
    case 'uses':
      return {
        severity: 'blocked',
        consequences: ['downtime', 'no-rollback'],
        sentence: `The release that runs now reads ${what}: its queries fail with ${code} from that moment on, and a rollback would fail too.`,
      };
    case 'unaware':
      return {
        severity: 'notice',
        consequences: [],
        sentence: `The release that runs now does not use ${what}.`,
      };
    default:
      return {
        severity: 'needs-approval',
        consequences: ['downtime', 'no-rollback'],
        sentence: `Whatever still reads ${what} fails with ${code} from that moment on; the schema of the release that runs now is not known.`,
      };
  }
}
