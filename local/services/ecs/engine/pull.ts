/** Images, with the rights of the execution role. */
import type * as ecs from '@aws-sdk/client-ecs';
import type { UnpackedImage } from '../../../ports.ts';
import { AwsError, type Permission, type Principal, type World } from '../../../service.ts';
import type { ServiceRevision } from '../model.ts';
import { TaskFailure } from './failure.ts';

/** The sentence of what is denied; undefined where it is allowed. */
export function denied(
  world: World,
  as: Principal | undefined,
  permissions: readonly Permission[],
): string | undefined {
  if (!as) return undefined;
  try {
    world.ports.iam.authorize(as, permissions);
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return `AccessDeniedException: ${error.message}`;
  }
}

export async function pull(
  world: World,
  revision: ServiceRevision | undefined,
  container: ecs.ContainerDefinition,
  as: Principal | undefined,
): Promise<UnpackedImage> {
  const image = container.image ?? '';
  const pinned = revision?.containerImages.find((one) => one.containerName === container.name)?.imageDigest;
  const reference = pinned && !image.includes('@') ? `${withoutTag(image)}@${pinned}` : image;
  const repository = ownRepository(world, image);
  // Nobody's permission is asked for a public image.
  const auth = repository && denied(world, as, [{ action: 'ecr:GetAuthorizationToken', resource: '*' }]);
  if (auth) {
    throw new TaskFailure(
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): ${auth}`,
    );
  }
  const refusal =
    repository &&
    denied(
      world,
      as,
      ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'].map(
        (action) => ({
          action,
          resource: `arn:aws:ecr:${world.region}:${world.account}:repository/${repository}`,
        }),
      ),
    );
  if (refusal) {
    throw new TaskFailure(
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: unexpected status from HEAD request: 403 Forbidden (${refusal})`,
      container.name,
    );
  }
  try {
    return await world.ports.images.pull(reference);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const message = error.message.startsWith('CannotPull')
      ? error.message
      : `CannotPullContainerError: ${error.message}`;
    throw new TaskFailure(message, container.name);
  }
}

/** The name of the repository where the image is of the account's own registry. */
export function ownRepository(world: World, image: string): string | undefined {
  const slash = image.indexOf('/');
  const host = image.slice(0, slash);
  if (host !== new URL(world.endpoint).host && !/\.dkr\.ecr\./.test(host)) return undefined;
  return withoutTag(image.slice(slash + 1).replace(/@.*$/, ''));
}

function withoutTag(image: string): string {
  const slash = image.lastIndexOf('/');
  const colon = image.indexOf(':', slash);
  return colon < 0 ? image : image.slice(0, colon);
}
