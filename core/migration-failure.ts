/** What a migration task that did not end well says: Prisma's code, PostgreSQL's state, and what to do about each. */
import { LockstepError } from './errors.ts';
import { recognisePrismaCode, recogniseSqlState } from './recognise.ts';

/** The end of a task, as ECS tells it. */
export interface TaskEnd {
  /** Of the container that migrates; null where it never started, `unknown` where nobody saw its end. */
  readonly exitCode: number | 'unknown' | null;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  readonly containerReason: string | null;
}

const REMEDIES: Readonly<Record<string, string>> = {
  P1000: 'The user or the password in the service’s secret is not right.',
  P1001: 'Check the security group path from the service to the database, and the host in its secret.',
  P1002:
    'Another migrator holds Prisma’s advisory lock (72707369): wait until it has ended, then deploy again.',
  P1003: 'The database that the URL names does not exist.',
  P1012: 'Mend schema.prisma; `npx prisma validate` shows it on your machine.',
  P3005:
    'The database has tables that Prisma did not make: mark what is there as applied (`lockstep migrations status` has the commands).',
  P3009:
    'An earlier migration failed and stands unresolved: `lockstep migrations status`, then `lockstep migrations resolve`.',
  P3018:
    'See what it did: `lockstep migrations status`; mend the database, then `lockstep migrations resolve`.',
};

export function migrationFailure(end: TaskEnd, log: readonly string[], lockTimeout: string): LockstepError {
  const reason = [end.stoppedReason, end.containerReason].filter(Boolean).join('; ') || 'ECS gives no reason';
  const evidence = [
    `stopped: ${end.stopCode ?? 'no stop code'}, ${reason}`,
    `exit code: ${end.exitCode ?? 'none'}`,
    ...log,
  ];
  if (end.exitCode === null) {
    const pulls = /CannotPull/.test(reason) ? 'Check that the execution role may read the repository.' : '';
    return new LockstepError('MigrationNotStarted', { detail: reason, remedy: pulls }, evidence);
  }
  if (recogniseSqlState(log) === '55P03')
    return new LockstepError('MigrationLockTimeout', { timeout: lockTimeout }, evidence);
  const code = recognisePrismaCode(log);
  const data = {
    exitCode: end.exitCode,
    code: code ? ` (${code})` : '',
    detail: detailOf(log) ?? reason,
    remedy: remedyOf(code, log, reason),
  };
  return new LockstepError('MigrationFailed', data, evidence);
}

function remedyOf(code: string | undefined, log: readonly string[], reason: string): string {
  if (code && REMEDIES[code]) return REMEDIES[code];
  if (/npx canceled|could not determine executable|prisma: not found/i.test(log.join('\n'))) {
    return 'The image has no Prisma CLI: `prisma` must be in "dependencies", not in "devDependencies".';
  }
  if (/OutOfMemory/.test(reason)) return 'Raise "resources": {"memory": …} in the environment file.';
  return '`lockstep migrations status` says what is true in the database now.';
}

/** The database's own words where there are any, else Prisma's. */
function detailOf(log: readonly string[]): string | undefined {
  const lines = log.map((line) => line.trim());
  const after = (heading: RegExp) => {
    const at = lines.findIndex((line) => heading.test(line));
    return at < 0 ? undefined : lines.slice(at + 1).find((line) => line !== '');
  };
  const inline = lines.map((line) => /^(?:Database error|ERROR):\s*(.+)$/.exec(line)?.[1]).find(Boolean);
  const name = lines.map((line) => /^Migration name:\s*(\S+)/.exec(line)?.[1]).find(Boolean);
  const words =
    inline ??
    after(/^Database error:?$/) ??
    after(/^Error: P\d{4}$/) ??
    lines.find((line) => /^Error:/.test(line));
  return words && (name ? `${name}: ${words}` : words);
}
