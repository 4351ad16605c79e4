/** Pushing to a registry over its HTTP API, as `docker push` does. */
import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Cache } from './cache.ts';
import type { Descriptor, Manifest } from './image.ts';

type Body = NonNullable<RequestInit['body']>;

export interface Target {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
  /** Base64 of `user:password`; undefined where nobody has signed in. */
  readonly credentials: string | undefined;
}

/** Resolves to false where the registry does not take the credentials. */
export async function signIn(host: string, credentials: string): Promise<boolean> {
  const response = await fetch(`http://${host}/v2/`, { headers: { authorization: `Basic ${credentials}` } });
  await response.body?.cancel();
  return response.ok;
}

/** Sends what the registry does not have yet, and the manifest at last. `say` gets a line a layer. */
export async function push(
  cache: Cache,
  digest: string,
  target: Target,
  say: (line: string) => void,
): Promise<void> {
  const bytes = readFileSync(cache.blobFile(digest));
  const manifest = JSON.parse(bytes.toString('utf8')) as Manifest;
  for (const blob of [...manifest.layers, manifest.config]) {
    const sent = await sendBlob(cache, blob, target);
    say(`${blob.digest.slice(7, 19)}: ${sent ? 'Pushed' : 'Layer already exists'}`);
  }
  const response = await call(target, 'PUT', `manifests/${target.tag}`, {
    body: bytes,
    headers: { 'content-type': manifest.mediaType },
  });
  await response.body?.cancel();
  say(`${target.tag}: digest: ${digest} size: ${bytes.length}`);
}

async function sendBlob(cache: Cache, blob: Descriptor, target: Target): Promise<boolean> {
  const there = await call(target, 'HEAD', `blobs/${blob.digest}`, {}, [200, 404]);
  if (there.status === 200) return false;
  const begun = await call(target, 'POST', 'blobs/uploads/', {});
  await begun.body?.cancel();
  const location = new URL(begun.headers.get('location') ?? '', `http://${target.host}`);
  location.searchParams.set('digest', blob.digest);
  const stream = Readable.toWeb(createReadStream(cache.blobFile(blob.digest))) as unknown as Body;
  const done = await call(target, 'PUT', location.href, {
    body: stream,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) },
  });
  await done.body?.cancel();
  return true;
}

async function call(
  target: Target,
  method: string,
  path: string,
  init: { body?: Body | Buffer; headers?: Record<string, string> },
  expected: readonly number[] = [200, 201, 202],
): Promise<Response> {
  const url = path.startsWith('http') ? path : `http://${target.host}/v2/${target.repository}/${path}`;
  const headers = {
    ...init.headers,
    ...(target.credentials ? { authorization: `Basic ${target.credentials}` } : {}),
  };
  const response = await fetch(url, {
    method,
    headers,
    ...(init.body === undefined ? {} : { body: init.body as Body, duplex: 'half' }),
  } as RequestInit);
  if (expected.includes(response.status)) return response;
  throw new Error(await sentence(response));
}

/** Docker's words for the two that people meet; else what the registry says. */
async function sentence(response: Response): Promise<string> {
  const text = await response.text();
  if (response.status === 401) return 'no basic auth credentials: `docker login` comes first';
  try {
    const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] };
    return errors
      .map(({ code, message }) => `${code.toLowerCase().replaceAll('_', ' ')}: ${message}`)
      .join('; ');
  } catch {
    return `the registry answered ${response.status}: ${text.slice(0, 200)}`;
  }
}
