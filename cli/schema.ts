/** What a commit brings to the database: its Prisma schema and migrations, read from git and not from the working tree. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  checksum,
  type Repository as PrismaRepository,
  readRepository,
  type Schema,
} from '../judge/index.ts';
import type { Repository } from './repository.ts';

const execute = promisify(execFile);

/** Undefined where the service's folder has no migrations. */
export async function schemaOf(
  repository: Repository,
  commit: string,
  path: string,
): Promise<Schema | undefined> {
  return schemaIn(await prismaAt(repository, commit, path));
}

/** What Prisma would find in a folder of the commit; `path` from the repository's root. Throws where it has no such path. */
export async function prismaAt(
  repository: Repository,
  commit: string,
  path: string,
): Promise<PrismaRepository> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-plan-'));
  try {
    const archive = join(folder, 'tree.tar');
    await execute('git', ['archive', '--format=tar', '-o', archive, commit, '--', path || '.'], {
      cwd: repository.root,
    });
    await execute('tar', ['-xf', archive, '-C', folder]);
    return readRepository(join(folder, path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function schemaIn({ migrations, schema, prismaVersion }: PrismaRepository): Schema | undefined {
  if (migrations.length === 0) return undefined;
  return {
    prismaVersion: prismaVersion ?? '',
    schema: Object.entries(schema).map(([path, text]) => ({ path, text })),
    migrations: migrations.map(({ name, sql }) => ({
      name,
      checksum: checksum(sql),
      sql: typeof sql === 'string' ? sql : new TextDecoder().decode(sql),
    })),
  };
}
