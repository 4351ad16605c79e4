-- caught notice: any
CREATE EXTENSION IF NOT EXISTS citext;
-- quiet: a schema
CREATE SCHEMA reports;
