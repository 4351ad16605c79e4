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
-- caught needs-approval: unlike a table's, a domain's VALIDATE keeps writers out
ALTER DOMAIN elsewhere VALIDATE CONSTRAINT positive;
-- caught notice: no table has a column of it
ALTER DOMAIN percent VALIDATE CONSTRAINT percent_check;
