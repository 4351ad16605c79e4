-- caught needs-approval: nobody reads or writes
LOCK TABLE orders;
-- caught needs-approval: nobody writes
LOCK TABLE orders IN SHARE MODE;
-- quiet: weak
LOCK TABLE orders IN ACCESS SHARE MODE;
-- caught needs-approval: rows stay locked
SELECT id FROM orders FOR UPDATE;
-- quiet: one that only reads
SELECT id FROM orders;
-- quiet: of a table that is made here
CREATE TABLE parcels (id int); SELECT id FROM parcels FOR UPDATE;
