-- caught needs-approval: there is no gentle way
ALTER TABLE orders ADD CONSTRAINT apart EXCLUDE USING gist (id WITH =);
-- quiet: the table is made here
CREATE TABLE parcels (id int, EXCLUDE USING gist (id WITH =));
