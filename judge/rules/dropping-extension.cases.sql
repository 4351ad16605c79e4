-- caught needs-approval: with what uses it
DROP EXTENSION citext CASCADE;
-- caught notice: only if nothing uses it
DROP EXTENSION citext;
-- quiet: another thing
DROP VIEW open_orders;
