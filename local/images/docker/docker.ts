/** What the commands of the stand-in share. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Cache } from '../cache.ts';

export interface Docker {
  readonly cache: () => Cache;
  /** The file that says who has signed in where. */
  readonly config: string;
  /** A line of the result. */
  readonly out: (line: string) => void;
  /** A line of the log. */
  readonly say: (line: string) => void;
}

export class DockerError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** `NAME` is `NAME:latest`. */
export function fullName(name: string): string {
  return /:[\w.-]+$/.test(name) || name.includes('@') ? name : `${name}:latest`;
}

/** Only the embedded registry is ever pushed to: this is no way to a real one. */
export function splitName(name: string): { host: string; repository: string; tag: string } {
  const [, host = '', repository = '', tag = 'latest'] =
    /^([^/]+)\/([^:@]+)(?::([\w.-]+))?$/.exec(name) ?? [];
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host)) {
    throw new DockerError(
      `${name}: without a Docker engine, images go to the embedded ECR on 127.0.0.1 and nowhere else`,
    );
  }
  return { host, repository, tag };
}

export interface Config {
  auths?: Record<string, { auth: string }>;
}

export function readConfig(docker: Docker): Config {
  try {
    return JSON.parse(readFileSync(docker.config, 'utf8')) as Config;
  } catch {
    return {};
  }
}

export function credentials(docker: Docker, host: string): string | undefined {
  return readConfig(docker).auths?.[host]?.auth;
}

export function saveConfig(docker: Docker, config: Config): void {
  mkdirSync(dirname(docker.config), { recursive: true });
  writeFileSync(docker.config, JSON.stringify(config, null, 2), { mode: 0o600 });
}
