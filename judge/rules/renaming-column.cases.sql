-- caught needs-approval: nothing is known of the release that runs now
ALTER TABLE orders RENAME COLUMN total TO sum;
-- caught blocked: the release that runs now reads it
-- old: model orders { id Int @id ; total Decimal? }
ALTER TABLE orders RENAME COLUMN total TO sum;
-- caught needs-approval: with an index, a default and a foreign key
-- given: CREATE TABLE stock (id int PRIMARY KEY, customer_id int NOT NULL DEFAULT 1 REFERENCES customers (id) ON DELETE SET NULL ON UPDATE CASCADE, code varchar(9) UNIQUE, kind "OrderStatus" DEFAULT 'OPEN')
-- given: CREATE INDEX stock_customer_idx ON stock (customer_id, code)
ALTER TABLE stock RENAME COLUMN customer_id TO buyer_id;
-- quiet: in a table made here
CREATE TABLE parcels (id int); ALTER TABLE parcels RENAME COLUMN id TO number;
