import { databaseUrl } from './database-url.ts';

export interface Settings {
  readonly port: number;
  readonly databaseUrl: string;
  /** The bearer token of GET /api/status. */
  readonly statusToken: string;
  /** Who gets an account at the first start. */
  readonly administratorEmail: string;
  /** The commit that this image was built from. */
  readonly commit: string;
  /** Milliseconds between SIGTERM and the last accepted connection, for load balancers that notice late. */
  readonly drainMs: number;
}

/** Reads the environment once, at start. Throws one error that names every variable that is missing or wrong. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  const required = (name: string, why: string): string => {
    const value = environment[name];
    if (!value) problems.push(`The environment variable ${name} is missing: ${why}.`);
    return value ?? '';
  };
  const whole = (name: string, otherwise: number, highest: number): number => {
    const text = environment[name];
    if (!text) return otherwise;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0 || value > highest) {
      problems.push(
        `The environment variable ${name} is "${text}"; it must be a whole number, at most ${highest}.`,
      );
    }
    return value;
  };

  const url = databaseUrl(environment);
  if (!url) {
    problems.push(
      'The environment variable DATABASE_URL is missing, and so is DATABASE_HOST: one of them says where PostgreSQL is.',
    );
  }
  const settings: Settings = {
    port: whole('PORT', 4000, 65_535),
    databaseUrl: url ?? '',
    statusToken: required('STATUS_TOKEN', 'the bearer token that GET /api/status asks for'),
    administratorEmail: environment['ADMINISTRATOR_EMAIL'] || 'administrator@example.com',
    commit: environment['COMMIT'] || 'unknown',
    drainMs: whole('DRAIN_MS', 1000, 60_000),
  };
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return settings;
}
