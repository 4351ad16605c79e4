-- caught needs-approval: with what uses it
DROP EXTENSION citext CASCADE;
-- caught needs-approval: queries may call it
DROP EXTENSION citext;
-- quiet: another thing
DROP VIEW open_orders;
