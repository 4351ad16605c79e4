-- caught needs-approval: nobody knows where it is used
ALTER DOMAIN elsewhere ADD CHECK (VALUE > 0);
-- caught needs-approval: used
-- given: ALTER TABLE audit ADD COLUMN fee amount
ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (VALUE > 0);
-- caught notice: new values only
ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;
-- caught notice: made with one
CREATE DOMAIN price AS numeric CHECK (VALUE >= 0);
-- quiet: without one
CREATE DOMAIN price AS numeric;
