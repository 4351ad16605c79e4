// Reading PGlite's catalogue. One round trip each, as JSON, because a round trip costs more than the query.

/** `sales.orders`, or `orders` where the schema is public: the judge's spelling. */
const named = (schema: string, name: string): string =>
  `CASE WHEN ${schema} = 'public' THEN ${name} ELSE ${schema} || '.' || ${name} END`;
const ours =
  "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg_temp%' AND n.nspname NOT LIKE 'pg_toast_temp%'";

/** Every relation of ours with its file, what this transaction has locked and what it has read. */
export const observe = `
  SELECT coalesce((SELECT json_agg(json_build_array(c.oid::int8, ${named('n.nspname', 'c.relname')}, c.relkind, c.relfilenode::int8))
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid >= 16384 AND ${ours}), '[]') AS relations,
         coalesce((SELECT json_agg(json_build_array(l.relation::int8, l.mode)) FROM pg_locks l
           WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.relation >= 16384 AND l.granted), '[]') AS locks,
         coalesce((SELECT json_agg(json_build_array(s.relid::int8, s.seq_scan + coalesce(s.idx_scan, 0))) FROM pg_stat_xact_user_tables s WHERE s.seq_scan > 0 OR s.idx_scan > 0), '[]') AS scans`;

/** What is there besides relations: for the difference that a statement made. */
export const objects = `
  SELECT 'type ' || ${named('n.nspname', 't.typname')} AS name, md5(coalesce((SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '')) AS state
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid >= 16384 AND t.typtype IN ('e', 'd', 'r') AND ${ours}
  UNION ALL SELECT 'function ' || ${named('n.nspname', 'p.proname')} || '(' || pg_get_function_identity_arguments(p.oid) || ')', md5(p.prosrc)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384 AND ${ours}
  UNION ALL SELECT 'constraint ' || k.conname || ' on ' || ${named('n.nspname', 'c.relname')}, md5(pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.oid >= 16384 AND ${ours}
  UNION ALL SELECT 'trigger ' || g.tgname || ' on ' || ${named('n.nspname', 'c.relname')}, md5(pg_get_triggerdef(g.oid) || g.tgenabled::text)
    FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal AND ${ours}
  UNION ALL SELECT 'column ' || ${named('n.nspname', 'c.relname')} || '.' || a.attname, md5(format_type(a.atttypid, a.atttypmod) || a.attnotnull::text || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || a.attidentity::text)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND ${ours}
  UNION ALL SELECT 'extension ' || e.extname, e.extversion FROM pg_extension e WHERE e.oid >= 16384
  UNION ALL SELECT 'schema ' || n.nspname, '' FROM pg_namespace n WHERE n.oid >= 16384 AND ${ours}`;

export const inspection = `
  SELECT
    coalesce((SELECT json_agg(json_build_object('name', ${named('n.nspname', 'c.relname')}, 'kind', c.relkind, 'partitioned', c.relkind = 'p',
      'partitionOf', (SELECT ${named('pn.nspname', 'pc.relname')} FROM pg_inherits i JOIN pg_class pc ON pc.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = pc.relnamespace WHERE i.inhrelid = c.oid AND c.relispartition LIMIT 1),
      'rowSecurity', c.relrowsecurity,
      'reads', CASE WHEN c.relkind IN ('v', 'm') THEN coalesce((SELECT json_agg(DISTINCT ${named('rn.nspname', 'rc.relname')})
          FROM pg_rewrite w JOIN pg_depend dep ON dep.classid = 'pg_rewrite'::regclass AND dep.objid = w.oid AND dep.refclassid = 'pg_class'::regclass AND dep.refobjid <> c.oid
          JOIN pg_class rc ON rc.oid = dep.refobjid JOIN pg_namespace rn ON rn.oid = rc.relnamespace WHERE w.ev_class = c.oid), '[]') ELSE '[]' END))
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid >= 16384 AND ${ours}), '[]') AS tables,
    coalesce((SELECT json_agg(json_build_object('table', ${named('n.nspname', 'c.relname')}, 'name', a.attname, 'type', coalesce(et.typname, t.typname), 'typeSchema', coalesce(en.nspname, tn.nspname),
        'typmod', a.atttypmod, 'array', et.oid IS NOT NULL, 'notNull', a.attnotnull, 'identity', a.attidentity,
        'default', CASE WHEN a.attgenerated <> '' THEN 'generated' WHEN a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%' THEN 'sequence' WHEN d.oid IS NOT NULL THEN 'expression' ELSE 'none' END) ORDER BY c.oid, a.attnum)
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace
      LEFT JOIN pg_type et ON et.oid = t.typelem AND t.typcategory = 'A' LEFT JOIN pg_namespace en ON en.oid = et.typnamespace
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND ${ours}), '[]') AS columns,
    coalesce((SELECT json_agg(json_build_object('table', ${named('n.nspname', 'c.relname')}, 'name', k.conname, 'kind', k.contype, 'validated', k.convalidated, 'onDelete', k.confdeltype, 'onUpdate', k.confupdtype, 'definition', pg_get_constraintdef(k.oid),
        'columns', coalesce((SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY AS u(num, place) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num), '[]'),
        'references', (SELECT ${named('fn.nspname', 'fc.relname')} FROM pg_class fc JOIN pg_namespace fn ON fn.oid = fc.relnamespace WHERE fc.oid = k.confrelid),
        'referencedColumns', coalesce((SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY AS u(num, place) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num), '[]')))
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.oid >= 16384 AND k.contype IN ('c', 'f', 'u', 'p', 'x') AND ${ours}), '[]') AS constraints,
    coalesce((SELECT json_agg(json_build_object('name', ${named('n.nspname', 'ic.relname')}, 'table', ${named('n.nspname', 'c.relname')}, 'unique', i.indisunique, 'primary', i.indisprimary, 'valid', i.indisvalid,
        'partial', i.indpred IS NOT NULL, 'expressions', i.indexprs IS NOT NULL,
        'columns', coalesce((SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(num, place) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num WHERE u.place <= i.indnkeyatts), '[]')))
      FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indexrelid >= 16384 AND ${ours}), '[]') AS indexes,
    coalesce((SELECT json_agg(json_build_object('name', ${named('n.nspname', 't.typname')}, 'values', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)))
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e' AND t.oid >= 16384 AND ${ours}), '[]') AS enums,
    coalesce((SELECT json_agg(json_build_object('name', ${named('n.nspname', 't.typname')}, 'base', bt.typname, 'typmod', t.typtypmod, 'constrained', t.typnotnull OR EXISTS (SELECT 1 FROM pg_constraint k WHERE k.contypid = t.oid)))
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type bt ON bt.oid = t.typbasetype WHERE t.typtype = 'd' AND t.oid >= 16384 AND ${ours}), '[]') AS domains`;

/** Whatever a rehearsal may leave behind in the database; the cluster's roles are told apart by oid as well. */
export const leftovers = `
  SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384) + (SELECT count(*) FROM pg_type WHERE oid >= 16384) + (SELECT count(*) FROM pg_proc WHERE oid >= 16384)
       + (SELECT count(*) FROM pg_roles WHERE oid >= 16384) + (SELECT count(*) FROM pg_event_trigger) + (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_cast WHERE oid >= 16384)
       + (SELECT count(*) FROM pg_namespace WHERE oid >= 16384 AND nspname <> 'public' AND nspname NOT LIKE 'pg_%') + (SELECT count(*) FROM pg_largeobject_metadata) + (SELECT count(*) FROM pg_default_acl) AS left_over`;
