import type { Action } from '../parse/action.ts';
import { inner } from '../parse/plpgsql.ts';
import { rule } from './rule.ts';

/** PostgreSQL's own functions that change nothing, or only what the migration is about. */
const harmless = new Set(
  (
    'set_config setval nextval currval lastval now version current_setting count max min sum avg coalesce to_regclass format gen_random_uuid array_agg lower upper ' +
    'pg_size_pretty pg_relation_size pg_total_relation_size generate_series obj_description clock_timestamp concat length random unnest row_number rank string_agg round ' +
    'to_char to_json to_jsonb pg_get_serial_sequence pg_get_constraintdef pg_get_viewdef pg_get_indexdef json_agg jsonb_agg json_build_object jsonb_build_object greatest least ' +
    'substring substr replace regexp_replace regexp_matches split_part trim btrim date_trunc date_part extract md5 array_length cardinality pg_typeof'
  ).split(' '),
);
const disturbing =
  /^(pg_terminate_backend|pg_cancel_backend|pg_sleep\w*|pg_(try_)?advisory_\w+|lo_\w+|dblink\w*|pg_read_\w+|pg_ls_\w+|pg_reload_conf|pg_switch_wal)$/;
const bare = (call: string): string => call.split('.').at(-1) ?? call;

/** Inside a DO block these neither lock a table that is in use nor lose anything. */
const quiet = new Set<Action['do']>([
  'create-table',
  'create-enum',
  'create-type',
  'create-schema',
  'create-extension',
  'create-sequence',
  'create-function',
  'add-enum-value',
  'create-domain',
  'comment',
]);

export default rule({
  id: 'running-code',
  finds: 'DO, CALL, EXECUTE or a SELECT of a function: code whose effect the text does not show.',
  why: 'What it locks, changes and waits for depends on the data that it finds. A rehearsal shows one run on made-up rows, not the one in production.',
  instead: 'Write the statements out. Move loops over data out of the migration.',
  on: ['run-code', 'select'],
  judge: (action, context) => {
    if (action.do === 'select') {
      const bad = action.calls.find((call) => disturbing.test(bare(call)));
      if (bad) return { severity: 'needs-approval', why: `${bad}() reaches outside this migration.` };
      const unknown = action.calls.filter(
        (call) => !harmless.has(bare(call).toLowerCase()) && !call.startsWith('SVFOP_'),
      );
      if (unknown.length === 0) return undefined;
      return {
        severity: 'needs-approval',
        why: `What ${unknown.join(', ')} does cannot be seen from here.`,
        help: 'Write out what it does, or allow it with its reason.',
      };
    }
    if (action.how === 'prepare') return { severity: 'notice', why: 'PREPARE does nothing by itself.' };
    const read = action.how === 'do' ? inner(action.body, action.language) : undefined;
    if (read && !read.opaque && read.actions.every((one) => quiet.has(one.do))) {
      const what = [...new Set(read.actions.map((one) => one.do.replaceAll('-', ' ')))].join(', ');
      return { severity: 'notice', why: `Its code was read: ${what || 'it does nothing'}.` };
    }
    const seen =
      context.by === 'rehearsal' && context.effects.length > 0
        ? ` The rehearsal saw ${context.effects.map((effect) => `${effect.lock} on ${effect.table}${effect.rewrites ? ', rewritten' : ''}`).join('; ')}.`
        : '';
    return {
      severity: 'needs-approval',
      why: `What its code does depends on what it finds.${seen}`,
      help: 'Write the statements out, or allow it with its reason.',
    };
  },
});
