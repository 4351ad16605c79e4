/** Whether, and how, a failed release goes back. Pure: what was seen goes in, what to do comes out. */
import { LockstepError } from './errors.ts';
import type { Agreement } from './migrations.ts';

export interface Situation {
  /** The release that would come back, for people. */
  readonly revision: string;
  /** Migrations that were run since it was built; none: its schema is there. */
  readonly migrated: readonly string[];
  readonly oldCode: Agreement;
  /** What the code that would come back meets, a line each: `create Document.legacyId (P2011)`. */
  readonly breaks?: readonly string[] | undefined;
  /** Whether the new code has written what the old one cannot read; null where that could not be asked. */
  readonly written: boolean | null;
  /** The snapshot of the database from before the migration. */
  readonly snapshot: string | null;
}

/**
 * Throws `RollbackIncompatible` where the code that would come back does not work on the schema that is there now.
 * Returns what a person should know all the same.
 */
export function requireCompatible({
  revision,
  migrated,
  oldCode,
  breaks = [],
  written,
  snapshot,
}: Situation): string | null {
  if (migrated.length === 0) return null;
  const refuse = (detail: string) => {
    throw new LockstepError('RollbackIncompatible', {
      revision,
      detail,
      snapshot: snapshot ?? '(none was taken)',
    });
  };
  switch (oldCode) {
    case 'compatible':
      return null;
    case 'unknown':
      return 'whether the old code works on the migrated schema is not known';
    case 'until-written':
      if (written === false) return 'the new code had written nothing yet that the old code cannot read';
      return refuse(
        written
          ? `the new code has written what the old code cannot read${meets(breaks)}.`
          : `it works only until the new code has written${meets(breaks)}, and whether it has could not be asked.`,
      );
    case 'incompatible':
      return refuse(`${migrated.join(', ')} changed what it reads or writes${meets(breaks)}.`);
  }
}

const MOST = 3;

function meets(breaks: readonly string[]): string {
  if (breaks.length === 0) return '';
  const more = breaks.length > MOST ? `, and ${breaks.length - MOST} more` : '';
  return `: it cannot ${breaks.slice(0, MOST).join(', ')}${more}`;
}

/** Our service deployment, as ECS tells it. */
export interface OurDeployment {
  readonly arn: string;
  readonly status: string;
  /** Where it leads to now: our revision, or while ECS takes it back the one before. */
  readonly taskDefinition: string | null;
  /** The task definitions that ran before it: where ECS would go back to by itself. */
  readonly sources: readonly string[];
}

export type WayBack =
  /** ECS goes there already, or has gone there: that deployment is watched. */
  | { readonly do: 'adopt'; readonly deployment: string }
  /** ECS goes somewhere else; until it has ended nothing else may be started. */
  | { readonly do: 'wait'; readonly why: string }
  /** Our deployment still runs, and ECS itself knows the way to the target. */
  | { readonly do: 'stop'; readonly deployment: string }
  | { readonly do: 'update' };

/** `stopped`: whether an earlier call has asked ECS to stop our deployment already. */
export function wayBack(target: string, ours: OurDeployment | null, stopped: boolean): WayBack {
  if (!ours) return { do: 'update' };
  switch (ours.status) {
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      // Right after the request ECS may not say yet where it goes; it goes to where it came from.
      if (ours.taskDefinition === target) return { do: 'adopt', deployment: ours.arn };
      if (ours.taskDefinition === null && ours.sources.includes(target))
        return { do: 'adopt', deployment: ours.arn };
      return { do: 'wait', why: 'ECS is taking the service back to another revision first' };
    case 'ROLLBACK_SUCCESSFUL':
      return ours.taskDefinition === target ? { do: 'adopt', deployment: ours.arn } : { do: 'update' };
    case 'STOP_REQUESTED':
      return { do: 'wait', why: 'ECS is stopping the failed deployment' };
    case 'PENDING':
    case 'IN_PROGRESS':
      if (stopped) return { do: 'wait', why: 'ECS is about to stop the failed deployment' };
      return ours.sources.includes(target) ? { do: 'stop', deployment: ours.arn } : { do: 'update' };
    default:
      return { do: 'update' };
  }
}
