-- caught notice: the search path
SET search_path = sales;
-- caught notice: the role
SET ROLE other;
-- caught needs-approval: no foreign keys
SET session_replication_role = 'replica';
-- quiet: time-outs
SET statement_timeout = '10s';
-- quiet: for the transaction only
BEGIN; SET LOCAL search_path = sales; COMMIT;
