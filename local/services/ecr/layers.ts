/** Operations on layers, and the addresses from which they are downloaded. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type {
  BatchCheckLayerAvailabilityCommandInput,
  GetDownloadUrlForLayerCommandInput,
} from '@aws-sdk/client-ecr';
import { operation } from '../../operation.ts';
import { AwsError, type Operation, type Route } from '../../service.ts';
import { type Blobs, DIGEST } from './blobs.ts';
import type { Registry } from './model.ts';

const PREFIX = '/_lockstep/ecr-layers/';
const URL_LIFETIME_MS = 60 * 60 * 1000;

export function layerOperations(registry: Registry, blobs: Blobs, secret: string): Record<string, Operation> {
  return {
    BatchCheckLayerAvailability: operation<BatchCheckLayerAvailabilityCommandInput, object>(
      'BatchCheckLayerAvailability',
      ['repositoryName', 'layerDigests', 'registryId'],
      {
        permissions: (input) => [
          { action: 'ecr:BatchCheckLayerAvailability', resource: registry.arn(input.repositoryName ?? '') },
        ],
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          const layers: object[] = [];
          const failures: object[] = [];
          for (const layerDigest of input.layerDigests ?? []) {
            if (!DIGEST.test(layerDigest)) {
              failures.push({
                layerDigest,
                failureCode: 'InvalidLayerDigest',
                failureReason: 'Invalid layer digest',
              });
            } else if (blobs.has(repository, layerDigest)) {
              layers.push({
                layerDigest,
                layerAvailability: 'AVAILABLE',
                layerSize: blobs.size(layerDigest),
              });
            } else layers.push({ layerDigest, layerAvailability: 'UNAVAILABLE' });
          }
          return { layers, failures };
        },
      },
    ),

    GetDownloadUrlForLayer: operation<GetDownloadUrlForLayerCommandInput, object>(
      'GetDownloadUrlForLayer',
      ['repositoryName', 'layerDigest', 'registryId'],
      {
        permissions: (input) => [
          { action: 'ecr:GetDownloadUrlForLayer', resource: registry.arn(input.repositoryName ?? '') },
        ],
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          const layerDigest = input.layerDigest ?? '';
          if (!blobs.has(repository, layerDigest)) {
            throw new AwsError(
              'LayersNotFoundException',
              `The layer with digest '${layerDigest}' does not exist in the repository with name '${repository.name}'`,
            );
          }
          const until = registry.world.clock.now() + URL_LIFETIME_MS;
          const path = `${layerDigest}/${until}/${sign(secret, layerDigest, until)}`;
          return { layerDigest, downloadUrl: `${registry.world.endpoint}${PREFIX}${path}` };
        },
      },
    ),
  };
}

function sign(secret: string, digest: string, until: number): string {
  return createHmac('sha256', secret).update(`${digest} ${until}`).digest('base64url');
}

/** The signed addresses that GetDownloadUrlForLayer gives; on AWS they lead to S3. */
export function layerRoute(registry: Registry, blobs: Blobs, secret: string): Route {
  return {
    prefix: PREFIX,
    async handle(request, response) {
      const [digest = '', until = '', signature = ''] = (request.url ?? '').slice(PREFIX.length).split('/');
      const right = Buffer.from(sign(secret, digest, Number(until)));
      const given = Buffer.from(signature);
      const valid = right.length === given.length && timingSafeEqual(right, given);
      if (!valid || Number(until) < registry.world.clock.now()) return void response.writeHead(403).end();
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': blobs.size(digest),
      });
      await pipeline(createReadStream(blobs.file(digest)), response);
    },
  };
}
