/** Secrets with their versions and staging labels. */
import { randomInt, randomUUID } from 'node:crypto';
import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';

export interface Version {
  readonly id: string;
  readonly created: number;
  stages: string[];
  readonly string?: string;
  /** Base64. */
  readonly binary?: string;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  description?: string;
  kmsKeyId?: string;
  tags: Record<string, string>;
  /** Milliseconds since the epoch, like every time here. */
  readonly created: number;
  changed: number;
  accessed?: number;
  /** When it was marked for deletion, and when it may go. */
  deleted?: number;
  goesAt?: number;
  versions: Version[];
}

export interface Content {
  readonly string?: string | undefined;
  readonly binary?: string | undefined;
}

export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';
const MOST_BYTES = 65_536;
/** Of versions without a label AWS keeps the newest hundred; nobody needs them here. */
const KEPT_UNLABELLED = 20;

export class Secrets {
  private readonly world: World;
  private readonly secrets: Collection<Secret>;

  constructor(world: World) {
    this.world = world;
    this.secrets = world.store('secretsmanager').collection<Secret>('secrets');
  }

  /** By name. Secrets whose recovery window is over are forgotten here. */
  all(): Secret[] {
    const now = this.world.clock.now();
    for (const secret of this.secrets.values()) {
      if (secret.goesAt !== undefined && secret.goesAt <= now) this.secrets.delete(secret.arn);
    }
    return this.secrets.values().sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** By name, ARN, or ARN without the six random characters. */
  find(id: string): Secret | undefined {
    const all = this.all();
    return (
      all.find((secret) => secret.arn === id || secret.name === id) ??
      (id.startsWith('arn:') ? all.find((secret) => secret.arn.slice(0, -7) === id) : undefined)
    );
  }

  get(id: string): Secret {
    const secret = this.find(id);
    if (!secret) {
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return secret;
  }

  /** A secret that may be read or changed: not one that is marked for deletion. */
  living(id: string): Secret {
    const secret = this.get(id);
    if (secret.deleted !== undefined) {
      throw invalidRequest(
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    return secret;
  }

  create(
    name: string,
    given: { description?: string; kmsKeyId?: string; tags?: Record<string, string> },
  ): Secret {
    if (!/^[A-Za-z0-9/_+=.@!-]{1,512}$/.test(name)) {
      throw new AwsError(
        'ValidationException',
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
      );
    }
    const known = this.find(name);
    if (known?.deleted !== undefined) {
      throw invalidRequest(
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (known) {
      throw new AwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      );
    }
    const now = this.world.clock.now();
    const secret: Secret = {
      arn: `arn:aws:secretsmanager:${this.world.region}:${this.world.account}:secret:${name}-${suffix()}`,
      name,
      ...(given.description === undefined ? {} : { description: given.description }),
      ...(given.kmsKeyId === undefined ? {} : { kmsKeyId: given.kmsKeyId }),
      tags: given.tags ?? {},
      created: now,
      changed: now,
      versions: [],
    };
    this.save(secret);
    return secret;
  }

  save(secret: Secret): void {
    this.secrets.set(secret.arn, secret);
  }

  delete(secret: Secret): void {
    this.secrets.delete(secret.arn);
  }

  /** Adds a version. The label AWSCURRENT moves to it, and AWSPREVIOUS to the version that had it before. */
  addVersion(
    secret: Secret,
    content: Content,
    token: string = randomUUID(),
    stages: readonly string[] = [CURRENT],
  ): Version {
    checkContent(content);
    const known = secret.versions.find((version) => version.id === token);
    if (known) {
      if (known.string === content.string && known.binary === content.binary) return known;
      throw new AwsError(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
      );
    }
    const now = this.world.clock.now();
    const version: Version = {
      id: token,
      created: now,
      stages: [...stages],
      ...(content.string === undefined ? {} : { string: content.string }),
      ...(content.binary === undefined ? {} : { binary: content.binary }),
    };
    const before = withStage(secret, CURRENT);
    for (const other of secret.versions) {
      other.stages = other.stages.filter((stage) => !stages.includes(stage));
    }
    if (before && stages.includes(CURRENT)) {
      for (const other of secret.versions) other.stages = other.stages.filter((stage) => stage !== PREVIOUS);
      before.stages.push(PREVIOUS);
    }
    secret.versions.push(version);
    const unlabelled = secret.versions.filter((each) => each.stages.length === 0);
    const forgotten = new Set(unlabelled.slice(0, -KEPT_UNLABELLED));
    secret.versions = secret.versions.filter((each) => !forgotten.has(each));
    secret.changed = now;
    this.save(secret);
    return version;
  }
}

export function withStage(secret: Secret, stage: string): Version | undefined {
  return secret.versions.find((version) => version.stages.includes(stage));
}

export function invalidRequest(message: string): AwsError {
  return new AwsError('InvalidRequestException', message);
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

function checkContent(content: Content): void {
  if (content.string !== undefined && content.binary !== undefined) {
    throw invalidParameter('You must provide either SecretString or SecretBinary, but not both.');
  }
  const bytes = Buffer.byteLength(content.string ?? '') + Buffer.from(content.binary ?? '', 'base64').length;
  if (bytes > MOST_BYTES) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to ${MOST_BYTES}`,
    );
  }
}

/** The end of an ARN: so that a secret that is made again under its old name has another one. */
function suffix(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join('');
}
