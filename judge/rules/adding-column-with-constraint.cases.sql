-- caught needs-approval: a check
ALTER TABLE orders ADD COLUMN weight int CHECK (weight > 0);
-- caught needs-approval: unique
ALTER TABLE orders ADD COLUMN number int UNIQUE;
-- caught needs-approval: a foreign key locks two tables
ALTER TABLE orders ADD COLUMN parent_id int REFERENCES customers (id);
-- quiet: the bare column
ALTER TABLE orders ADD COLUMN parent_id int;
-- quiet: it references itself
ALTER TABLE orders ADD COLUMN parent_id int REFERENCES orders (id);
-- quiet: to a table made here
CREATE TABLE parcels (id int PRIMARY KEY); ALTER TABLE orders ADD COLUMN parcel_id int REFERENCES parcels (id);
