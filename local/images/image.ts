/** An image as the OCI image specification has it: configuration and manifest, both by digest in the cache. */
import type { Blob, Cache } from './cache.ts';
import type { StageState } from './stage.ts';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Image {
  /** Of the manifest: what a registry calls the image. */
  readonly digest: string;
  /** Of the configuration: what `docker images` shows. */
  readonly id: string;
}

/** An image is the same whenever it was built: so it has no date. */
const CREATED = '1970-01-01T00:00:00Z';

export function writeImage(cache: Cache, state: StageState, blobs: readonly Blob[]): Image {
  const { settings } = state;
  const config = {
    created: CREATED,
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      ...(settings.user === undefined ? {} : { User: settings.user }),
      ...(settings.exposed.length > 0 ? { ExposedPorts: keys(settings.exposed) } : {}),
      Env: [...settings.env].map(([name, value]) => `${name}=${value}`),
      ...(settings.entrypoint === undefined ? {} : { Entrypoint: settings.entrypoint }),
      ...(settings.cmd === undefined ? {} : { Cmd: settings.cmd }),
      ...(settings.volumes.length > 0 ? { Volumes: keys(settings.volumes) } : {}),
      WorkingDir: settings.workdir,
      ...(settings.labels.size > 0 ? { Labels: Object.fromEntries(settings.labels) } : {}),
      ...(settings.stopSignal === undefined ? {} : { StopSignal: settings.stopSignal }),
      ...(settings.healthcheck === undefined ? {} : { Healthcheck: settings.healthcheck }),
    },
    rootfs: { type: 'layers', diff_ids: blobs.map((blob) => blob.diffId) },
    history: state.history.map((step) => ({ created: CREATED, ...step })),
  };
  const id = cache.keepBytes(Buffer.from(JSON.stringify(config)));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, ...id },
    layers: blobs.map(({ digest, size }) => ({ mediaType: LAYER_TYPE, digest, size })),
  };
  const { digest } = cache.keepBytes(Buffer.from(JSON.stringify(manifest)));
  return { digest, id: id.digest };
}

function keys(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
