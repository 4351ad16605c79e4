-- caught blocked: with everything in it
DROP SCHEMA sales CASCADE;
-- caught notice: only if it is empty
DROP SCHEMA sales;
-- quiet: made here
CREATE SCHEMA fresh; DROP SCHEMA fresh CASCADE;
-- caught needs-approval: no migration made it
DROP SCHEMA other;
