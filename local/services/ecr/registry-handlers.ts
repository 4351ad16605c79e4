/** What the registry does for each method and kind of path. */
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../../service.ts';
import { type Blobs, DIGEST } from './blobs.ts';
import type { Image, Registry, Repository } from './model.ts';
import { putImage } from './put-image.ts';

/** A manifest larger than this is refused, as ECR does. */
const LARGEST_MANIFEST = 4 * 1024 * 1024;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly repository: Repository;
  readonly query: URLSearchParams;
  /** What the path has at the place of the digest, tag or upload. */
  readonly reference: string;
}

export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export type Handler = (exchange: Exchange) => Promise<void> | void;

/** By method and kind; `/` at the end where an upload is named. */
export function makeHandlers(
  registry: Registry,
  blobs: Blobs,
): Readonly<Record<string, { action: string; handle: Handler }>> {
  const blob: Handler = async ({ request, response, repository, reference }) => {
    if (!blobs.has(repository, reference))
      throw new RegistryError(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': blobs.size(reference),
      'Docker-Content-Digest': reference,
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(blobs.file(reference)), response);
  };

  const manifest: Handler = ({ request, response, repository, reference }) => {
    const image = findImage(registry, repository, reference);
    // An archived image cannot be pulled; ECR answers as if it were not there.
    if (image?.status !== 'ACTIVE')
      throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
    const bytes = Buffer.from(image.manifest);
    response.writeHead(200, {
      'content-type': image.mediaType,
      'content-length': bytes.length,
      'Docker-Content-Digest': image.digest,
    });
    if (request.method === 'HEAD') return void response.end();
    image.pulledAt = registry.world.clock.now();
    registry.saveImage(image);
    response.end(bytes);
  };

  const begin: Handler = async ({ request, response, repository, query }) => {
    const mount = query.get('mount');
    if (mount !== null && blobs.mount(repository, mount))
      return created(response, repository, 'blobs', mount);
    const upload = blobs.begin();
    const digest = query.get('digest');
    if (digest !== null) {
      await blobs.append(upload, request);
      return complete(response, repository, upload, digest);
    }
    accepted(response, repository, upload);
  };

  const complete = (
    response: ServerResponse,
    repository: Repository,
    upload: ReturnType<Blobs['begin']>,
    digest: string,
  ) => {
    if (!DIGEST.test(digest) || !blobs.finish(repository, upload, digest)) {
      blobs.cancel(upload);
      throw new RegistryError(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    created(response, repository, 'blobs', digest);
  };

  const uploadOf = (reference: string) => {
    const upload = blobs.upload(reference);
    if (!upload) throw new RegistryError(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    return upload;
  };

  return {
    'HEAD blobs': { action: 'BatchCheckLayerAvailability', handle: blob },
    'GET blobs': { action: 'GetDownloadUrlForLayer', handle: blob },
    'HEAD manifests': { action: 'BatchGetImage', handle: manifest },
    'GET manifests': { action: 'BatchGetImage', handle: manifest },
    'GET tags/list': {
      action: 'ListImages',
      handle({ response, repository }) {
        const tags = registry.images(repository.name).flatMap((image) => image.tags);
        json(response, 200, { name: repository.name, tags: tags.sort() });
      },
    },
    'POST blobs/uploads': { action: 'InitiateLayerUpload', handle: begin },
    'PATCH blobs/uploads/': {
      action: 'UploadLayerPart',
      async handle({ request, response, repository, reference }) {
        const upload = uploadOf(reference);
        const from = /^(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1];
        if (from !== undefined && Number(from) !== upload.size) {
          response.setHeader('Range', `0-${upload.size - 1}`);
          throw new RegistryError(416, 'RANGE_INVALID', 'invalid content range');
        }
        await blobs.append(upload, request);
        accepted(response, repository, upload);
      },
    },
    'PUT blobs/uploads/': {
      action: 'CompleteLayerUpload',
      async handle({ request, response, repository, query, reference }) {
        const upload = uploadOf(reference);
        await blobs.append(upload, request);
        complete(response, repository, upload, query.get('digest') ?? '');
      },
    },
    'DELETE blobs/uploads/': {
      action: 'UploadLayerPart',
      handle({ response, reference }) {
        blobs.cancel(uploadOf(reference));
        response.writeHead(204).end();
      },
    },
    'PUT manifests': {
      action: 'PutImage',
      async handle({ request, response, repository, reference }) {
        const bytes = await buffer(request);
        if (bytes.length > LARGEST_MANIFEST)
          throw new RegistryError(413, 'MANIFEST_INVALID', 'manifest too large');
        const byDigest = DIGEST.test(reference);
        const digest = push(registry, blobs, repository, {
          manifest: bytes.toString('utf8'),
          mediaType: request.headers['content-type'],
          ...(byDigest ? { digest: reference } : { tag: reference }),
        });
        created(response, repository, 'manifests', digest);
      },
    },
  };
}

function push(
  registry: Registry,
  blobs: Blobs,
  repository: Repository,
  image: Parameters<typeof putImage>[3],
): string {
  try {
    return putImage(registry, blobs, repository, image).digest;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ImageAlreadyExistsException') throw error;
    return findImage(registry, repository, image.tag ?? image.digest ?? '')?.digest ?? '';
  }
}

function findImage(registry: Registry, repository: Repository, reference: string): Image | undefined {
  return registry.image(
    repository.name,
    DIGEST.test(reference) ? { imageDigest: reference } : { imageTag: reference },
  );
}

function created(response: ServerResponse, repository: Repository, kind: string, digest: string): void {
  response
    .writeHead(201, {
      Location: `/v2/${repository.name}/${kind}/${digest}`,
      'Docker-Content-Digest': digest,
      'content-length': 0,
    })
    .end();
}

function accepted(
  response: ServerResponse,
  repository: Repository,
  upload: { id: string; size: number },
): void {
  response
    .writeHead(202, {
      Location: `/v2/${repository.name}/blobs/uploads/${upload.id}`,
      'Docker-Upload-UUID': upload.id,
      Range: `0-${Math.max(0, upload.size - 1)}`,
      'content-length': 0,
    })
    .end();
}

export function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
