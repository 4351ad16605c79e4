/** Names and identifiers in ECS's forms. */
import { randomBytes, randomInt } from 'node:crypto';
import type { World } from '../../service.ts';

export function arn(world: World, rest: string): string {
  return `arn:aws:ecs:${world.region}:${world.account}:${rest}`;
}

/** The last part: `backend` of `arn:aws:ecs:…:service/main/backend`, and of `backend` itself. */
export function nameOf(arnOrName: string): string {
  return arnOrName.slice(arnOrName.lastIndexOf('/') + 1);
}

/** 32 hexadecimal digits, as task ids are. */
export function taskId(): string {
  return randomBytes(16).toString('hex');
}

/** 19 digits, as service revisions and `ecs-svc/…` have them. */
export function revisionId(): string {
  return String(randomInt(1, 10)) + Array.from({ length: 18 }, () => randomInt(0, 10)).join('');
}

/** 21 characters, as service deployments have them. */
export function deploymentId(): string {
  return randomBytes(16).toString('base64url').slice(0, 21);
}

/** The deployment that a revision is rolled out by. */
export function deploymentOf(revisionArn: string): string {
  return `ecs-svc/${nameOf(revisionArn)}`;
}
