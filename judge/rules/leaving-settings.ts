import { rule } from './rule.ts';

/** These change how long or how loudly, not what a statement means. */
const harmless = new Set(
  (
    'lock_timeout statement_timeout idle_in_transaction_session_timeout transaction_timeout client_min_messages client_encoding standard_conforming_strings check_function_bodies ' +
    'xmloption row_security default_tablespace default_table_access_method maintenance_work_mem max_parallel_maintenance_workers work_mem'
  ).split(' '),
);

export default rule({
  id: 'leaving-settings',
  finds: 'SET ROLE, SET search_path, session_replication_role and other settings that outlive the statement.',
  why: 'Prisma runs all pending files on one connection: what one file sets is in force in the next. With another search_path or role the same SQL means another table, or fails.',
  instead:
    'Name the schema in each statement; SET LOCAL inside BEGIN … COMMIT; RESET at the end of the file.',
  on: ['set'],
  judge: (action, context) => {
    if (action.reset || harmless.has(action.name)) return undefined;
    if (action.name === 'session_replication_role')
      return {
        severity: 'needs-approval',
        why: 'With session_replication_role = replica neither triggers nor foreign keys are checked: wrong rows stay unseen.',
      };
    if (action.local) return undefined;
    const undone = context.later.some(
      (placed) =>
        placed.file === context.file &&
        placed.statement.actions.some(
          (other) =>
            other.do === 'set' && other.reset && (other.name === action.name || other.name === 'all'),
        ),
    );
    return {
      severity: 'notice',
      why: undone
        ? `${action.name} is set for this file only.`
        : `${action.name} stays set for the files that follow on the same connection.`,
      ...(undone ? {} : { help: `RESET ${action.name} at the end of the file.` }),
    };
  },
});
