/** Which environment and service a verb is about: what the user named, or the only one there is. */
import type { Environment } from '../core/environment.ts';
import { LockstepError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { type Invocation, text } from './command.ts';

/** `--environment`, else LOCKSTEP_ENV, else SEMIONT_ENV. */
export function environmentName(invocation: Invocation): string {
  const name =
    text(invocation, 'environment') ??
    invocation.variables['LOCKSTEP_ENV'] ??
    invocation.variables['SEMIONT_ENV'];
  if (name) return name;
  throw new LockstepError('UsageError', {
    problem: 'no environment is named.',
    help: 'Give --environment NAME, or set LOCKSTEP_ENV.',
  });
}

export function serviceName(
  invocation: Invocation,
  environment: Environment,
  environmentName: string,
): string {
  const known = Object.keys(environment.services);
  const asked = text(invocation, 'service');
  if (asked === undefined) {
    const [only] = known;
    if (known.length === 1 && only) return only;
    throw new LockstepError('UsageError', {
      problem: `environments/${environmentName}.json has ${known.length} services.`,
      help: `Name one with --service: ${known.join(', ')}.`,
    });
  }
  if (known.includes(asked)) return asked;
  const meant = nearest(asked, known);
  throw new LockstepError('ServiceUnknown', {
    environment: environmentName,
    service: asked,
    known: known.join(', ') + (meant ? ` (did you mean ${meant}?)` : ''),
  });
}

/** `90s`, `10m`, `2h` or plain seconds, in milliseconds. */
export function durationOf(value: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(value);
  if (!match)
    throw new LockstepError('UsageError', {
      problem: `--${option} "${value}" is not a time.`,
      help: 'Write it like 90s, 10m or 2h.',
    });
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[(match[2] ?? 's') as 'ms' | 's' | 'm' | 'h'];
  return Number(match[1]) * unit;
}

/** `--timeout`, in milliseconds, where it is given. */
export function timeoutOf(invocation: Invocation): { timeout?: number } {
  const given = text(invocation, 'timeout');
  return given === undefined ? {} : { timeout: durationOf(given, 'timeout') };
}
