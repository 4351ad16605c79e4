/**
 * A release manifest: what an image contains that its digest does not say. The build leaves it in the artefact
 * bucket, keyed by the digest, so that any release can be judged against any other, years later.
 */
import { z } from 'zod';

export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits');

export const manifestSchema = z.object({
  version: z.literal(1),
  service: z.string(),
  repository: z.string(),
  commit: z.string(),
  subject: z.string().default(''),
  /** ISO 8601; empty where the source did not tell. */
  committedAt: z.string().default(''),
  builtAt: z.string(),
  tag: z.string(),
  digest: digestSchema,
  /** The installed version of the `prisma` package. */
  prismaVersion: z.string(),
  /** Every file of the Prisma schema, by path below the service's folder. */
  schema: z.array(z.object({ path: z.string(), text: z.string() })),
  /** In Prisma's order (by name). */
  migrations: z.array(
    z.object({
      name: z.string(),
      /** SHA-256 of the file's bytes in hexadecimal digits, as Prisma stores it. */
      checksum: z.string().regex(/^[0-9a-f]{64}$/),
      sql: z.string(),
    }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** What later steps need to know of a release; the rest is in the manifest. */
export const releaseSchema = z.strictObject({
  commit: z.string(),
  tag: z.string(),
  digest: digestSchema,
  /** `repository@sha256:…`: what ECS is given, whatever the tag. */
  image: z.string(),
  /** Key of the manifest in the artefact bucket; null for an image that was not built by Lockstep. */
  manifestKey: z.string().nullable(),
});

export type Release = z.infer<typeof releaseSchema>;

/** What the two keys of commits and of what was published last hold. */
export const pointerSchema = z.object({ digest: digestSchema, tag: z.string() });

export function manifestKey(repository: string, digest: string): string {
  return `releases/${repository}/${digest.replace('sha256:', '')}.json`;
}

/** What the tags of images begin with that were proven healthy; the BackendStack's repository keeps those. */
export const PROVEN_TAGS = 'proven-';

/** One for each image, so that a repository whose tags cannot be moved takes it too. */
export function provenTag(digest: string): string {
  return `${PROVEN_TAGS}${digest.replace('sha256:', '').slice(0, 12)}`;
}

/** Points from a commit to the digest that was built of it. */
export function commitKey(repository: string, commit: string): string {
  return `commits/${repository}/${commit}.json`;
}

/** What `publish` made last, for `update`. */
export function publishedKey(environment: string, service: string): string {
  return `published/${environment}/${service}.json`;
}

/** The environment file that was sent last. */
export function configurationKey(environment: string): string {
  return `environments/${environment}.json`;
}

/**
 * The commit of a branch whose source was uploaded last. Not below `sources/`, whose objects expire: that nothing was
 * committed for a month must not make a branch unknown.
 */
export function branchKey(service: string, branch: string): string {
  return `branches/${service}/${encodeURIComponent(branch)}.json`;
}

/** What a branch's key holds: all that a request needs to build that commit. */
export const branchSchema = z.object({
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  subject: z.string(),
  /** ISO 8601 with its offset. */
  committedAt: z.string(),
  source: z.object({ key: z.string() }),
  /** The environment file of the commit. */
  configuration: z.record(z.string(), z.unknown()),
});

/** Who may upload for a service, and for no other, is decided by this folder (infra/deployer/ci-role.ts). */
export function sourceFolder(service: string): string {
  return `sources/${service}/`;
}

export function sourceKey(service: string, commit: string): string {
  return `${sourceFolder(service)}${commit}.zip`;
}
