/**
 * The registry's HTTP API (the OCI distribution specification), as `docker push` and `docker pull` speak it. Every path
 * asks for the password that GetAuthorizationToken gave, and for the permission of the principal behind it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type Principal, type Route } from '../../service.ts';
import type { Tokens } from './authorization.ts';
import type { Blobs } from './blobs.ts';
import type { Registry, Repository } from './model.ts';
import { json, makeHandlers, RegistryError } from './registry-handlers.ts';

export function registryRoute(registry: Registry, blobs: Blobs, tokens: Tokens): Route {
  const handlers = makeHandlers(registry, blobs);
  return {
    prefix: '/v2/',
    async handle(request, response) {
      response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
      try {
        await answer(request, response);
      } catch (error) {
        // What is left of a refused upload must be read, or the client sees its connection break.
        request.resume();
        refuse(response, error);
      }
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const principal = tokens.principalOf(request.headers.authorization);
    if (!principal) {
      response.setHeader(
        'WWW-Authenticate',
        `Basic realm="${registry.world.endpoint}/",service="ecr.amazonaws.com"`,
      );
      throw new RegistryError(401, 'UNAUTHORIZED', 'Not Authorized');
    }
    const url = new URL(request.url ?? '/', registry.world.endpoint);
    if (url.pathname === '/v2/')
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    const path = /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags\/list)(?:\/([^/]*))?$/.exec(
      url.pathname,
    );
    const kind = path?.[2];
    const found = handlers[`${request.method} ${kind}${kind === 'blobs/uploads' && path?.[3] ? '/' : ''}`];
    if (!path || !found) throw new RegistryError(405, 'UNSUPPORTED', 'The operation is unsupported');
    const repository = named(path[1] as string, principal, found.action);
    // The colon of a digest arrives as %3A from some clients.
    const reference = decodeURIComponent(path[3] ?? '');
    await found.handle({ request, response, repository, query: url.searchParams, reference });
  }

  function named(name: string, principal: Principal, action: string): Repository {
    registry.world.ports.iam.authorize(principal, [
      { action: `ecr:${action}`, resource: registry.arn(name) },
    ]);
    return registry.get(name);
  }
}

/** Names of the distribution specification for errors of ECR's operations. */
const CODES: Readonly<Record<string, readonly [number, string]>> = {
  AccessDeniedException: [403, 'DENIED'],
  RepositoryNotFoundException: [404, 'NAME_UNKNOWN'],
  ImageTagAlreadyExistsException: [400, 'TAG_INVALID'],
  ImageDigestDoesNotMatchException: [400, 'DIGEST_INVALID'],
  LayersNotFoundException: [400, 'BLOB_UNKNOWN'],
  ReferencedImagesNotFoundException: [400, 'MANIFEST_UNKNOWN'],
};

function refuse(response: ServerResponse, error: unknown): void {
  if (!(error instanceof RegistryError) && !(error instanceof AwsError)) throw error;
  const [status, code] =
    error instanceof RegistryError
      ? [error.status, error.code]
      : (CODES[error.code] ?? [400, 'MANIFEST_INVALID']);
  json(response, status, { errors: [{ code, message: error.message }] });
}
