-- caught notice: any
CREATE EXTENSION IF NOT EXISTS citext;
-- quiet: a schema
CREATE SCHEMA reports;
-- caught notice: what its script does is seen by nobody
ALTER EXTENSION citext UPDATE;
