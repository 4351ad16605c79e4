-- caught needs-approval: checked at once
ALTER TABLE orders ADD CONSTRAINT total_small CHECK (total < 1000000);
-- caught needs-approval: a name is no help
ALTER TABLE orders ADD CHECK (total < 1000000);
-- caught needs-approval: NOT NULL as a constraint (PostgreSQL 18)
ALTER TABLE orders ADD CONSTRAINT total_set NOT NULL total;
-- quiet: NOT VALID
ALTER TABLE orders ADD CONSTRAINT total_small CHECK (total < 1000000) NOT VALID;
-- quiet: never checked
ALTER TABLE orders ADD CONSTRAINT total_small CHECK (total < 1000000) NOT ENFORCED;
-- quiet: the table is made here
CREATE TABLE parcels (id int); ALTER TABLE parcels ADD CHECK (id > 0);
