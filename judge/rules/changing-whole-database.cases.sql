-- caught blocked: DROP DATABASE
DROP DATABASE shop;
-- caught needs-approval: ALTER SYSTEM
ALTER SYSTEM SET work_mem = '8MB';
-- caught needs-approval: CREATE DATABASE
CREATE DATABASE other;
-- quiet: a schema
CREATE SCHEMA reports;
