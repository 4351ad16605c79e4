// Runs at the end of a build, in the service's folder: writes the release manifest (core/release.ts, manifestSchema)
// and prints the image's digest. It is embedded into the buildspec, so it uses nothing but Node.
//
//   docker image inspect "$REPOSITORY_URI:$IMAGE_TAG" | node release-manifest.mjs release.json
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.cwd();
const {
  COMMIT,
  SUBJECT = '',
  COMMITTED_AT = '',
  SERVICE,
  REPOSITORY,
  REPOSITORY_URI,
  IMAGE_TAG,
} = process.env;

const digest = digestOf(JSON.parse(readFileSync(0, 'utf8')));
const { schemaPath, migrationsPath } = await prismaPaths();
const manifest = {
  version: 1,
  service: SERVICE,
  repository: REPOSITORY,
  commit: COMMIT,
  subject: SUBJECT,
  committedAt: COMMITTED_AT,
  builtAt: new Date().toISOString(),
  tag: IMAGE_TAG,
  digest,
  prismaVersion: packageOf('prisma').version,
  schema: schemaFiles(schemaPath).map((path) => ({
    path: relative(folder, path),
    text: readFileSync(path, 'utf8'),
  })),
  migrations: migrations(migrationsPath),
};
writeFileSync(process.argv[2], JSON.stringify(manifest));
console.log(digest);

/** Docker knows a digest for each repository that the image was pushed to; ours is the one of this repository. */
function digestOf(inspected) {
  const names = inspected.flatMap((image) => image.RepoDigests ?? []);
  const name = names.find((candidate) => candidate.startsWith(`${REPOSITORY_URI}@`));
  if (!name) fail(`docker knows no digest of ${REPOSITORY_URI}:${IMAGE_TAG}; was it pushed?`);
  return name.slice(name.indexOf('@') + 1);
}

/** Where Prisma itself would look: its configuration file, then package.json, then its defaults. */
async function prismaPaths() {
  const config = (await prismaConfig()) ?? {};
  const packaged = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).prisma ?? {};
  const named = config.schema ?? packaged.schema;
  const candidates = named ? [named] : ['schema.prisma', 'prisma/schema.prisma', 'prisma/schema'];
  const schemaPath = candidates.map((path) => resolve(folder, path)).find((path) => existsSync(path));
  if (!schemaPath) fail(`there is no Prisma schema at ${candidates.join(' or ')}, seen from ${folder}.`);
  const migrationsPath = config.migrations?.path
    ? resolve(folder, config.migrations.path)
    : join(schemaRoot(schemaPath), 'migrations');
  return { schemaPath, migrationsPath };
}

/** Prisma's own loader understands every form of the file; where a version has none, Node reads plain TypeScript. */
async function prismaConfig() {
  const file = ['prisma.config', '.config/prisma']
    .flatMap((name) =>
      ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'].map((extension) => join(folder, name + extension)),
    )
    .find((path) => existsSync(path));
  if (!file) return undefined;
  const load = prismaLoader();
  if (load) {
    const { config, error } = await load({ configRoot: folder });
    if (error) fail(`${relative(folder, file)} cannot be read: ${error.error?.message ?? error._tag}`);
    return config;
  }
  const { default: config } = await import(pathToFileURL(file));
  const from = dirname(file);
  return {
    ...config,
    ...(config.schema ? { schema: resolve(from, config.schema) } : {}),
    ...(config.migrations?.path
      ? { migrations: { ...config.migrations, path: resolve(from, config.migrations.path) } }
      : {}),
  };
}

function prismaLoader() {
  try {
    const ofPrisma = createRequire(packageOf('prisma').path);
    return ofPrisma('@prisma/config').loadConfigFromFile;
  } catch {
    return undefined;
  }
}

/** A workspace may have hoisted the package, so Node looks for it as it does for an import. */
function packageOf(name) {
  const path = createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`);
  return { path, version: JSON.parse(readFileSync(path, 'utf8')).version };
}

/** One file, or every .prisma file of a folder. */
function schemaFiles(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.prisma'))
    .sort()
    .map((name) => join(path, name));
}

/** Migrations stand beside the file that has the `datasource` block. */
function schemaRoot(schemaPath) {
  const files = schemaFiles(schemaPath);
  const withDatasource = files.find((path) => /^\s*datasource\s/m.test(readFileSync(path, 'utf8')));
  return dirname(withDatasource ?? files[0] ?? schemaPath);
}

/** In Prisma's order. The checksum is over the file's bytes, as Prisma keeps it in `_prisma_migrations`. */
function migrations(path) {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(path, entry.name, 'migration.sql')))
    .map((entry) => entry.name)
    .sort((one, other) => (one < other ? -1 : 1))
    .map((name) => {
      const bytes = readFileSync(join(path, basename(name), 'migration.sql'));
      return {
        name,
        checksum: createHash('sha256').update(bytes).digest('hex'),
        sql: bytes.toString('utf8'),
      };
    });
}

function fail(sentence) {
  console.error(`release manifest: ${sentence}`);
  process.exit(1);
}
