/** Repositories and the images in them, as they are stored. */
import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';

export type Mutability = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';

export interface Repository {
  readonly name: string;
  /** Milliseconds since the epoch, like every time here. */
  readonly createdAt: number;
  mutability: Mutability;
  /** Wildcards (`cache-*`) of the `…_WITH_EXCLUSION` forms. */
  exclusions: string[];
  scanOnPush: boolean;
  encryptionType: string;
  tags: Record<string, string>;
  lifecyclePolicy?: { text: string; evaluatedAt: number };
  policyText?: string;
  /** Digests of the blobs that were pushed to it. */
  layers: string[];
}

export interface Image {
  readonly repository: string;
  readonly digest: string;
  /** The bytes as they came: another spelling of the same JSON would be another digest. */
  readonly manifest: string;
  readonly mediaType: string;
  /** Media type of the configuration, which is what ECR shows as the artifact's. */
  readonly artifactMediaType?: string;
  /** Compressed, all layers together. */
  readonly size: number;
  pushedAt: number;
  tags: string[];
  status: 'ACTIVE' | 'ARCHIVED';
  archivedAt?: number;
  activatedAt?: number;
  pulledAt?: number;
}

/** What a manifest names; `manifests` only in an index. */
export interface ManifestContent {
  readonly mediaType?: string;
  readonly config?: { readonly digest: string; readonly mediaType: string };
  readonly layers?: readonly { readonly digest: string; readonly size: number; readonly mediaType: string }[];
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly os: string; readonly architecture: string };
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

const NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

export class Registry {
  readonly world: World;
  private readonly repositories: Collection<Repository>;
  private readonly stored: Collection<Image>;

  constructor(world: World) {
    const store = world.store('ecr');
    this.world = world;
    this.repositories = store.collection('repositories');
    this.stored = store.collection('images');
  }

  arn(name: string): string {
    return `arn:aws:ecr:${this.world.region}:${this.world.account}:repository/${name}`;
  }

  /** What `docker push` takes. On AWS it is `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`. */
  uri(name: string): string {
    return `${new URL(this.world.endpoint).host}/${name}`;
  }

  all(): Repository[] {
    return this.repositories.values().sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Repository | undefined {
    return this.repositories.get(name);
  }

  get(name: string): Repository {
    const found = this.find(name);
    if (!found) throw repositoryNotFound(this.world, name);
    return found;
  }

  create(name: string): Repository {
    if (name.length < 2 || name.length > 256 || !NAME.test(name)) {
      throw new AwsError(
        'InvalidParameterException',
        `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''`,
      );
    }
    if (this.find(name)) {
      throw new AwsError(
        'RepositoryAlreadyExistsException',
        `The repository with name '${name}' already exists in the registry with id '${this.world.account}'`,
      );
    }
    const repository: Repository = {
      name,
      createdAt: this.world.clock.now(),
      mutability: 'MUTABLE',
      exclusions: [],
      scanOnPush: false,
      encryptionType: 'AES256',
      tags: {},
      layers: [],
    };
    this.save(repository);
    return repository;
  }

  save(repository: Repository): void {
    this.repositories.set(repository.name, repository);
  }

  delete(name: string): void {
    for (const image of this.images(name)) this.deleteImage(image);
    this.repositories.delete(name);
  }

  images(repository: string): Image[] {
    return this.stored.values().filter((image) => image.repository === repository);
  }

  image(
    repository: string,
    id: { imageDigest?: string | undefined; imageTag?: string | undefined },
  ): Image | undefined {
    if (id.imageDigest === undefined) {
      return this.images(repository).find(
        (image) => id.imageTag !== undefined && image.tags.includes(id.imageTag),
      );
    }
    const image = this.stored.get(`${repository}@${id.imageDigest}`);
    return image && (id.imageTag === undefined || image.tags.includes(id.imageTag)) ? image : undefined;
  }

  saveImage(image: Image): void {
    this.stored.set(`${image.repository}@${image.digest}`, image);
  }

  deleteImage(image: Image): void {
    this.stored.delete(`${image.repository}@${image.digest}`);
  }

  /** Whether a tag, once given, may be given to another image. */
  isImmutable(repository: Repository, tag: string): boolean {
    const excluded = repository.exclusions.some((filter) => wildcard(filter, tag));
    switch (repository.mutability) {
      case 'MUTABLE':
        return false;
      case 'IMMUTABLE':
        return true;
      case 'IMMUTABLE_WITH_EXCLUSION':
        return !excluded;
      case 'MUTABLE_WITH_EXCLUSION':
        return excluded;
    }
  }
}

export function wildcard(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

export function repositoryNotFound(world: World, name: string): AwsError {
  return new AwsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${world.account}'`,
  );
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
