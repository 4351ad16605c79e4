/**
 * Where the database is: DATABASE_URL, or else the parts that an ECS task gets from an RDS secret
 * (DATABASE_HOST, _PORT, _NAME, _USERNAME, _PASSWORD). Undefined where neither is there.
 *
 * An RDS server demands TLS. `sslmode=require` encrypts; whose server it is, the security groups vouch for. The `pg` driver
 * takes `require` for `verify-full`, which would need the certificates of RDS in the image, unless `uselibpqcompat` says that
 * it means what it means to everybody else; Prisma's migration engine does not know that word and passes over it.
 *
 * PGOPTIONS (`-c lock_timeout=5s`) is put into the URL as well, because Prisma's own migration engine reads
 * the URL and not libpq's variables.
 */
export function databaseUrl(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const url = environment['DATABASE_URL'] ? new URL(environment['DATABASE_URL']) : composed(environment);
  const options = environment['PGOPTIONS'];
  if (!url || !options || url.searchParams.has('options')) return url?.href;
  // URLSearchParams would write a space as "+", which PostgreSQL's URL parsers take literally.
  url.search = `${url.search ? `${url.search}&` : '?'}options=${encodeURIComponent(options)}`;
  return url.href;
}

function composed(environment: Readonly<Record<string, string | undefined>>): URL | undefined {
  const host = environment['DATABASE_HOST'];
  if (!host) return undefined;
  const url = new URL(`postgresql://${host}:${environment['DATABASE_PORT'] || '5432'}/`);
  url.username = encodeURIComponent(environment['DATABASE_USERNAME'] ?? '');
  url.password = encodeURIComponent(environment['DATABASE_PASSWORD'] ?? '');
  url.pathname = `/${encodeURIComponent(environment['DATABASE_NAME'] || 'backend')}`;
  url.search = '?uselibpqcompat=true&sslmode=require';
  return url;
}
