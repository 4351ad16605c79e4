/** Pulling an image for a task: resolved here, unpacked once per digest. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseImage } from '../../images/base.ts';
import { imagesHome } from '../../images/home.ts';
import { unpackInWorker } from '../../images/unpack/start.ts';
import type { ImagesPort, UnpackedImage } from '../../ports.ts';
import { AwsError } from '../../service.ts';
import type { Blobs } from './blobs.ts';
import type { Image, ManifestContent, Registry } from './model.ts';

export function imagesPort(registry: Registry, blobs: Blobs): ImagesPort {
  const { world } = registry;
  const folder = join(imagesHome(world.folder), 'unpacked');
  const underWay = new Map<string, Promise<UnpackedImage>>();

  return {
    async pull(reference) {
      // Resolved anew each time: a tag may have moved, and an image may have been archived.
      const image = resolve(registry, reference);
      if (!image) return standIn(reference);
      image.pulledAt = world.clock.now();
      registry.saveImage(image);
      const running = underWay.get(image.digest) ?? world.clock.during(unpack(image));
      underWay.set(image.digest, running);
      // A failure (a full disk) is tried again by the next pull.
      running.catch(() => underWay.delete(image.digest));
      return running;
    },
  };

  async function unpack(image: Image): Promise<UnpackedImage> {
    const { layers = [], config } = JSON.parse(image.manifest) as ManifestContent;
    const root = join(folder, 'images', image.digest.slice('sha256:'.length, 'sha256:'.length + 16));
    await unpackInWorker({
      layers: layers.map(({ digest }) => ({ digest, file: blobs.file(digest) })),
      layersFolder: join(folder, 'layers'),
      root,
    });
    const parsed = JSON.parse(readFileSync(blobs.file(config?.digest ?? ''), 'utf8')) as {
      config?: UnpackedImage['config'];
    };
    return { digest: image.digest, root, config: parsed.config ?? {} };
  }

  /** Base images need no registry: the machine's own programs are what is in them. */
  function standIn(reference: string): UnpackedImage {
    const base = baseImage(reference, process.version);
    if (!base)
      throw cannotPull(
        reference,
        'failed to resolve reference: it is neither in the embedded ECR nor an image that this machine can stand in for',
      );
    const digest = createHash('sha256').update(reference).digest('hex');
    const root = join(folder, 'images', digest.slice(0, 16));
    if (!existsSync(root)) mkdirSync(root, { recursive: true });
    const env = Object.entries(base.env).map(([name, value]) => `${name}=${value}`);
    return { digest: `sha256:${digest}`, root, config: { Env: env, ...(base.cmd ? { Cmd: base.cmd } : {}) } };
  }
}

const REFERENCE = /^([^/@]+)\/([^:@]+)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/;
/** The embedded registry at whatever port it had when the task definition was made, or as AWS would name it. */
const OURS = /^(?:127\.0\.0\.1|localhost):\d+$|\.dkr\.ecr\.[\w-]+\.amazonaws\.com$/;

/** Undefined for an image of another registry. */
function resolve(registry: Registry, reference: string): Image | undefined {
  const [, host = '', name = '', tag, digest] = REFERENCE.exec(reference) ?? [];
  if (!OURS.test(host)) return undefined;
  const unknown = () =>
    cannotPull(reference, `failed to resolve reference "${reference}": ${reference}: not found`);
  if (!registry.find(name)) throw unknown();
  const image = registry.image(name, digest ? { imageDigest: digest } : { imageTag: tag ?? 'latest' });
  if (image?.status !== 'ACTIVE') throw unknown();
  return ofThisPlatform(registry, image) ?? image;
}

/** An index leads to the manifest for this machine. Provenance, which `buildx` adds, has the platform "unknown". */
function ofThisPlatform(registry: Registry, image: Image): Image | undefined {
  const { manifests } = JSON.parse(image.manifest) as ManifestContent;
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const candidates =
    manifests?.filter(({ platform }) => platform === undefined || platform.os !== 'unknown') ?? [];
  const chosen = candidates.find(({ platform }) => platform?.architecture === architecture) ?? candidates[0];
  return chosen && registry.image(image.repository, { imageDigest: chosen.digest });
}

function cannotPull(reference: string, detail: string): AwsError {
  return new AwsError(
    'CannotPullContainerError',
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): ${detail.startsWith('failed') ? detail : `${reference}: ${detail}`}`,
  );
}
