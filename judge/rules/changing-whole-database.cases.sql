-- caught blocked: DROP DATABASE
DROP DATABASE shop;
-- caught needs-approval: ALTER SYSTEM
ALTER SYSTEM SET work_mem = '8MB';
-- caught needs-approval: CREATE DATABASE
CREATE DATABASE other;
-- quiet: a schema
CREATE SCHEMA reports;
-- caught needs-approval: it runs at every change of a schema, for everybody
CREATE EVENT TRIGGER guard ON ddl_command_start EXECUTE FUNCTION refuse();
-- caught needs-approval: each of the tables is written anew
ALTER TABLE ALL IN TABLESPACE slow SET TABLESPACE fast;
