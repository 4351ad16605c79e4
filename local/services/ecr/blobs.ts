/** Blobs on disk, by digest. One copy serves every repository that it was pushed to. */
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Registry, Repository } from './model.ts';

interface Upload {
  readonly id: string;
  readonly file: string;
  readonly hash: ReturnType<typeof createHash>;
  size: number;
}

export const DIGEST = /^sha256:[0-9a-f]{64}$/;

export class Blobs {
  private readonly registry: Registry;
  private readonly folder: string;
  private readonly uploads = new Map<string, Upload>();

  constructor(registry: Registry) {
    this.registry = registry;
    this.folder = join(registry.world.folder, 'ecr');
  }

  file(digest: string): string {
    return join(this.folder, 'blobs', digest.replace(':', '-'));
  }

  has(repository: Repository, digest: string): boolean {
    return DIGEST.test(digest) && repository.layers.includes(digest) && existsSync(this.file(digest));
  }

  size(digest: string): number {
    return statSync(this.file(digest)).size;
  }

  /** A blob that another repository has: nothing needs to be sent again. */
  mount(repository: Repository, digest: string): boolean {
    if (!DIGEST.test(digest) || !existsSync(this.file(digest))) return false;
    this.own(repository, digest);
    return true;
  }

  private own(repository: Repository, digest: string): void {
    if (repository.layers.includes(digest)) return;
    repository.layers.push(digest);
    this.registry.save(repository);
  }

  begin(): Upload {
    mkdirSync(join(this.folder, 'uploads'), { recursive: true });
    const id = randomUUID();
    const upload = { id, file: join(this.folder, 'uploads', id), hash: createHash('sha256'), size: 0 };
    this.uploads.set(id, upload);
    return upload;
  }

  upload(id: string): Upload | undefined {
    return this.uploads.get(id);
  }

  async append(upload: Upload, body: Readable): Promise<void> {
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        upload.hash.update(chunk);
        upload.size += chunk.length;
        done(null, chunk);
      },
    });
    await pipeline(body, counted, createWriteStream(upload.file, { flags: 'a' }));
  }

  /** False where the bytes are not those of the digest; the upload is gone either way. */
  finish(repository: Repository, upload: Upload, digest: string): boolean {
    this.uploads.delete(upload.id);
    const right = `sha256:${upload.hash.digest('hex')}` === digest;
    if (right) {
      mkdirSync(join(this.folder, 'blobs'), { recursive: true });
      renameSync(upload.file, this.file(digest));
      this.own(repository, digest);
    } else this.cancel(upload);
    return right;
  }

  cancel(upload: Upload): void {
    this.uploads.delete(upload.id);
    rmSync(upload.file, { force: true });
  }

  /** What an interrupted push of an earlier process left. */
  clear(): void {
    rmSync(join(this.folder, 'uploads'), { recursive: true, force: true });
  }
}
