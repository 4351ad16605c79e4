/** Elastic Container Registry: repositories, images, the registry's own HTTP API, and pulling for tasks. */
import * as sdk from '@aws-sdk/client-ecr';
import type { Timer } from '../../clock.ts';
import type { Ports } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import { authorizationOperations, Tokens } from './authorization.ts';
import { Blobs } from './blobs.ts';
import { imageOperations } from './images.ts';
import { layerOperations, layerRoute } from './layers.ts';
import { applyLifecycle, DAY_MS } from './lifecycle.ts';
import { lifecycleOperations } from './lifecycle-operations.ts';
import { Registry } from './model.ts';
import { ecrProvisioners } from './provision.ts';
import { imagesPort } from './pull.ts';
import { registryRoute } from './registry.ts';
import { repositoryOperations } from './repositories.ts';

export function create(world: World): { service: Service; ports: Pick<Ports, 'images'> } {
  const registry = new Registry(world);
  const blobs = new Blobs(registry);
  const tokens = new Tokens(registry);
  let nextDay: Timer | undefined;

  function everyDay(): void {
    nextDay = world.clock.after(DAY_MS, () => {
      for (const repository of registry.all()) applyLifecycle(registry, repository);
      everyDay();
    });
  }

  return {
    service: {
      signingName: 'ecr',
      sdk,
      operations: {
        ...authorizationOperations(registry, tokens),
        ...repositoryOperations(registry),
        ...lifecycleOperations(registry),
        ...imageOperations(registry, blobs),
        ...layerOperations(registry, blobs, tokens.secret),
      },
      provisioners: ecrProvisioners(registry),
      routes: [registryRoute(registry, blobs, tokens), layerRoute(registry, blobs, tokens.secret)],
      start() {
        blobs.clear();
        for (const repository of registry.all()) applyLifecycle(registry, repository);
        everyDay();
      },
      stop: () => nextDay?.cancel(),
      differences: [
        'A repository’s URI is `127.0.0.1:PORT/NAME`, so that `docker` pushes to it without TLS; AWS’s form is understood where a task names its image.',
        'Base images of Docker Hub and of public.ecr.aws (node, debian, ubuntu, alpine) are never downloaded: this machine’s Node and programs stand in for them.',
        'Images are not scanned; scan settings are kept and shown.',
        'UpdateImageStorageClass is done at once: there is no state ACTIVATING.',
        'Lifecycle rules know imageCountMoreThan and sinceImagePushed with expire; storage classes and pull times are refused.',
      ],
    },
    ports: { images: imagesPort(registry, blobs) },
  };
}
