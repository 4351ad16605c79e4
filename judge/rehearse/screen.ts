// What is not even tried in a rehearsal, with the reason that a person reads.
import type { Statement } from '../parse/statements.ts';

const outward: Record<string, string> = {
  lo_import: 'reads a file of the server',
  lo_export: 'writes a file of the server',
  pg_read_file: 'reads a file of the server',
  pg_read_binary_file: 'reads a file of the server',
  pg_ls_dir: 'reads a folder of the server',
  dblink: 'calls another database',
  dblink_exec: 'calls another database',
  dblink_connect: 'calls another database',
  pg_terminate_backend: 'ends other sessions',
  pg_cancel_backend: 'disturbs other sessions',
  pg_reload_conf: 'changes the server',
  pg_switch_wal: 'changes the server',
  pg_advisory_lock: 'waits for a lock of the application',
  pg_sleep: 'only waits',
};

/** Undefined: it may be tried. */
export function unrehearsable(statement: Statement): string | undefined {
  for (const action of statement.actions) {
    if (action.do === 'copy')
      return action.program
        ? 'COPY … PROGRAM runs a command on the server'
        : 'COPY reads or writes a file of the server';
    if (action.do === 'database-wide' || action.do === 'drop-database')
      return 'it is about the whole server, not this database';
    if (action.do === 'role') return 'roles belong to the server, not to this database';
    if (action.do === 'create-function' && (action.language === 'c' || action.language === 'internal'))
      return 'it loads code into the server';
    if (
      action.do === 'other' &&
      /^(LoadStmt|CreateForeignServerStmt|CreateSubscriptionStmt|AlterSubscriptionStmt|DropSubscriptionStmt|CreateUserMappingStmt|ImportForeignSchemaStmt|NotifyStmt|ListenStmt|CheckPointStmt)$/.test(
        action.kind,
      )
    )
      return 'it reaches outside this database';
    const called = action.do === 'select' ? action.calls : [];
    for (const call of called) {
      const why = outward[call.split('.').at(-1) ?? call];
      if (why) return `${call}() ${why}`;
    }
    if (
      action.do === 'run-code' &&
      /\b(program|dblink|lo_import|lo_export|pg_read_file|pg_sleep)\b/i.test(action.body)
    )
      return 'its code reaches outside this database, or waits';
  }
  return undefined;
}

/** BEGIN, COMMIT and their kin: each statement is rehearsed in a transaction of its own. */
export const isTransactionControl = (statement: Statement): boolean =>
  statement.actions.every((action) => action.do === 'transaction');

/** Cannot run inside a transaction (25001). */
export const runsOutside = (statement: Statement): boolean =>
  statement.actions.some(
    (action) =>
      ('concurrently' in action && action.concurrently && action.do !== 'refresh') ||
      (action.do === 'vacuum' && action.vacuum) ||
      (action.do === 'reindex' &&
        (action.what === 'schema' || action.what === 'database' || action.what === 'system')),
  );

/** Errors that say that the rehearsal lacks something, not that the statement is wrong. */
export function lacking(error: { code: string; message: string }, complete: boolean): string | undefined {
  const { code, message } = error;
  if (code === '0A000' && /extension .* is not available/.test(message))
    return `${message}: the rehearsal does not have it`;
  if (code === '0A000') return message;
  if (code === '42704' && /^role /.test(message)) return `${message}: the rehearsal knows no roles`;
  if (code === '22023' && /^role /.test(message)) return `${message}: the rehearsal knows no roles`;
  if (
    code === '42704' &&
    /tablespace|language|access method|text search configuration|publication/.test(message)
  )
    return message;
  // Memory, disk and stack are the rehearsal's own (classes 53, 54, 58): the server has others.
  if (/^(53|58)/.test(code) || code === '57014' || code === 'XX000' || code === '54001') return message;
  // A name that the migrations do not make: the database may have it all the same, where they are not its whole history.
  if (!complete && /^(42P01|42703|42704|42883|3F000|42P02|2BP01)$/.test(code))
    return `${message}: the migrations do not make it`;
  return undefined;
}
