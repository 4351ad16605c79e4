/** A read-only connection to the service's database, made from its secret. The secret goes no further than this file. */
import pg from 'pg';
import { z } from 'zod';

/** Seconds are short: a catalogue that does not answer by then is not going to, and a deployment waits. */
const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;

const partsSchema = z.object({
  host: z.string().min(1),
  port: z.coerce.number().int().default(5432),
  username: z.string(),
  password: z.string(),
  dbname: z.string().min(1).default('postgres'),
});

type Target = { readonly connectionString: string } | z.infer<typeof partsSchema>;

/** The three forms that a secret may have: RDS's own JSON, JSON with a `url`, or the URL itself. */
export function targetOf(secret: string): Target {
  if (/^postgres(ql)?:\/\//.test(secret.trim())) return { connectionString: secret.trim() };
  const json = parsed(secret);
  const url = z.object({ url: z.string() }).safeParse(json);
  if (url.success) return { connectionString: url.data.url };
  const parts = partsSchema.safeParse(json);
  if (parts.success) return parts.data;
  const missing = parts.error.issues.map((issue) => issue.path.join('.') || 'JSON').join(', ');
  throw new Error(`the secret has neither a url nor host, port, username, password and dbname (${missing})`);
}

function parsed(secret: string): unknown {
  try {
    return JSON.parse(secret);
  } catch {
    return undefined;
  }
}

/**
 * Connects with TLS where the server has it. The certificate is not verified: the connection stays in the service's
 * own network, and what would verify it is not known to us. The session can only read, whatever its role may do.
 */
export async function connectReadOnly(target: Target, schema: string): Promise<pg.Client> {
  try {
    return await connectWith(target, schema, { rejectUnauthorized: false });
  } catch (error) {
    if (!/does not support SSL/i.test(error instanceof Error ? error.message : '')) throw error;
    return connectWith(target, schema, false);
  }
}

async function connectWith(target: Target, schema: string, ssl: pg.ClientConfig['ssl']): Promise<pg.Client> {
  const place =
    'connectionString' in target
      ? { connectionString: withoutTlsMode(target.connectionString) }
      : {
          host: target.host,
          port: target.port,
          user: target.username,
          password: target.password,
          database: target.dbname,
        };
  const client = new pg.Client({
    ...place,
    ssl,
    application_name: 'lockstep inspect-database',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS + 2_000,
  });
  // A connection that breaks while nothing is asked must not end the process.
  client.on('error', () => {});
  await client.connect();
  await client.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY');
  await client.query('SET default_transaction_read_only = on');
  await client.query(`SET statement_timeout = ${STATEMENT_MS}`);
  await client.query('SET lock_timeout = 1000');
  await client.query(`SELECT set_config('search_path', $1, false)`, [
    `${pg.escapeIdentifier(schema)}, pg_catalog`,
  ]);
  return client;
}

/** `sslmode` in a URL would overrule what is set here; Prisma's own parameters mean nothing to this driver. */
function withoutTlsMode(url: string): string {
  const cleaned = new URL(url);
  for (const name of [
    'sslmode',
    'sslcert',
    'sslidentity',
    'sslpassword',
    'sslaccept',
    'schema',
    'connection_limit',
    'pool_timeout',
    'pgbouncer',
  ]) {
    cleaned.searchParams.delete(name);
  }
  return cleaned.href;
}
