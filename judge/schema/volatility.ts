// Which defaults PostgreSQL (11 and later) can store once for all rows, and which it must compute for each.
import type { Node } from 'libpg-query';
import { calls } from '../parse/nodes.ts';
import type { Catalogue } from './catalogue.ts';

/** Volatile functions of PostgreSQL itself and of the extensions that people put into defaults. */
const volatile = new Set(
  (
    'random random_normal clock_timestamp timeofday gen_random_uuid uuidv4 uuidv7 uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 ' +
    'gen_random_bytes nextval currval lastval setval setseed gen_salt nanoid cuid ulid gen_ulid generate_ulid pg_sleep txid_current pg_current_xact_id ' +
    'uuid_generate_v7 uuid_v7 gen_uuid_v7'
  ).split(' '),
);

/** Functions that are known to be stable or immutable; any other that no migration made may be volatile. */
const steady = new Set(
  (
    'now transaction_timestamp statement_timestamp current_date current_time current_user session_user current_schema current_database ' +
    'current_setting lower upper trim btrim ltrim rtrim concat concat_ws md5 sha256 encode decode to_char to_date to_timestamp to_json to_jsonb ' +
    'json_build_object jsonb_build_object json_build_array jsonb_build_array jsonb_object json_object date_trunc date_part extract timezone ' +
    'make_interval make_date make_timestamp make_timestamptz coalesce nullif greatest least length char_length substring substr left right lpad rpad replace ' +
    'round floor ceil abs mod power sqrt array_fill array_append array_remove string_to_array array_to_string int4range int8range numrange daterange tsrange ' +
    'tstzrange st_makepoint st_setsrid st_geomfromtext point box hstore to_tsvector plainto_tsquery setweight format repeat reverse translate initcap ' +
    'age justify_interval cast upper_inf lower_inf uuid_nil uuid_ns_dns uuid_ns_url inet_client_addr'
  ).split(' '),
);

/** Whether adding a column with this default writes every row. */
export function isVolatile(expression: Node | undefined, catalogue: Catalogue): boolean {
  return calls(expression).some((call) => {
    const name = (call.split('.').at(-1) ?? call).toLowerCase();
    if (name.startsWith('svfop_')) return false;
    if (volatile.has(name)) return true;
    const made = catalogue.functions.get(call);
    if (made) return !/\b(immutable|stable)\b/i.test(made.body) && made.language !== 'internal';
    return !steady.has(name);
  });
}
