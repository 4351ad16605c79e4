/** The end of a verb that failed: one sentence, its remedy, an exit code. A stack trace only where it was asked for. */

import { named } from '../aws/errors.ts';
import { type ErrorName, entryOf, LockstepError } from '../core/errors.ts';
import { EXIT_USAGE, VERDICTS } from '../core/verdict.ts';
import { wrapped } from './render/screen.ts';

interface Reporting {
  readonly json: boolean;
  readonly verbose: boolean;
  /** Exit codes that the verb has beyond 0 and 1; left out where it may end with every verdict's. */
  readonly exits?: Readonly<Record<number, string>>;
}

export function report(caught: unknown, { json, verbose, exits }: Reporting): number {
  const error = known(caught);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ type: 'error', error: error.error, sentence: error.message, remedy: error.remedy })}\n`,
    );
  } else {
    // What the error was found by comes before it: the reason is the last thing that is read.
    for (const line of error.evidence) process.stderr.write(`  ${line}\n`);
    const columns = process.stderr.isTTY ? process.stderr.columns : Number.POSITIVE_INFINITY;
    const [first = '', ...more] = error.message.split('\n');
    const lines = [
      ...wrapped('', `error: ${first}`, columns),
      ...more,
      ...(error.remedy ? wrapped('', error.remedy, columns) : []),
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  }
  if (verbose && caught instanceof Error) process.stderr.write(`${caught.stack}\n`);
  const exit = exitOf(error.error);
  return exits === undefined || exit in exits ? exit : EXIT_USAGE;
}

function known(caught: unknown): LockstepError {
  if (caught instanceof LockstepError) return unreachable(caught) ?? caught;
  const code = (caught as NodeJS.ErrnoException | undefined)?.code;
  const path = (caught as NodeJS.ErrnoException | undefined)?.path ?? '';
  if (code === 'ENOSPC') return new LockstepError('DiskFull', { path }, [], { cause: caught });
  const error = named(caught, 'AWS');
  if (error instanceof LockstepError) return error;
  return new LockstepError(
    'Internal',
    { step: 'the command', detail: caught instanceof Error ? caught.message : String(caught) },
    [],
    { cause: caught },
  );
}

/** Where an endpoint is set, it is that one that does not answer, and not AWS. */
function unreachable({ error, cause }: LockstepError): LockstepError | undefined {
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  const refused = /ECONNREFUSED|ECONNRESET/.test(String((cause as NodeJS.ErrnoException | undefined)?.code));
  if (error !== 'AwsUnavailable' || !endpoint || !refused) return undefined;
  return new LockstepError('EndpointUnreachable', { endpoint }, [], { cause });
}

/** The same error ends a deployment with its verdict's code; one of the command alone is a usage error. */
function exitOf(name: ErrorName): number {
  const { verdict, fault } = entryOf(name);
  return verdict === null || fault === 'bug' ? EXIT_USAGE : VERDICTS[verdict].exit;
}
