import { namedRule } from './rule.ts';

export default namedRule({
  id: 'waiting-behind-session',
  finds:
    'A session that holds a lock which the statement would wait for: a transaction that was open for a second or more when the database was looked at.',
  why: 'However brief a statement is, it waits for whoever has the table; and whoever comes after it waits behind it. A transaction that somebody left open holds up reads and writes alike until the lock time-out.',
  instead:
    'Let the session end its transaction first, or end it yourself: `SELECT pg_terminate_backend(PID)`. The lock time-out bounds the wait, and what changed nothing is tried again.',
});
