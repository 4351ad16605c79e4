-- caught needs-approval: int to bigint
ALTER TABLE orders ALTER COLUMN customer_id TYPE bigint;
-- caught needs-approval: varchar gets shorter
ALTER TABLE orders ALTER COLUMN code TYPE varchar(10);
-- caught needs-approval: numeric with another scale
ALTER TABLE orders ALTER COLUMN total TYPE numeric(12,4);
-- caught needs-approval: timestamp to timestamptz with a precision
ALTER TABLE orders ALTER COLUMN placed SET DATA TYPE timestamptz(3);
-- caught needs-approval: char to text
ALTER TABLE orders ALTER COLUMN currency TYPE text;
-- caught needs-approval: enum to text
ALTER TABLE orders ALTER COLUMN status TYPE text USING status::text;
-- caught needs-approval: jsonb to json
ALTER TABLE orders ALTER COLUMN data TYPE json;
-- caught needs-approval: a USING that computes
ALTER TABLE customers ALTER COLUMN name TYPE text USING upper(name);
-- caught needs-approval: the prior type is not known
ALTER TABLE elsewhere ALTER COLUMN name TYPE text;
-- caught needs-approval: a check must be tried again
ALTER TABLE orders ALTER COLUMN memo TYPE varchar;
-- caught needs-approval: with an index, a default and a foreign key
-- given: CREATE TABLE stock (id int PRIMARY KEY, customer_id int NOT NULL DEFAULT 1 REFERENCES customers (id) ON DELETE SET NULL ON UPDATE CASCADE, code varchar(9) UNIQUE, kind "OrderStatus" DEFAULT 'OPEN')
-- given: CREATE INDEX stock_customer_idx ON stock (customer_id, code)
ALTER TABLE stock ALTER COLUMN customer_id TYPE bigint;
-- caught needs-approval: with a unique constraint
-- given: CREATE TABLE stock (id int PRIMARY KEY, customer_id int NOT NULL DEFAULT 1 REFERENCES customers (id) ON DELETE SET NULL ON UPDATE CASCADE, code varchar(9) UNIQUE, kind "OrderStatus" DEFAULT 'OPEN')
-- given: CREATE INDEX stock_customer_idx ON stock (customer_id, code)
ALTER TABLE stock ALTER COLUMN code TYPE varchar(5);
-- caught needs-approval: an enum with a default
-- given: CREATE TABLE stock (id int PRIMARY KEY, customer_id int NOT NULL DEFAULT 1 REFERENCES customers (id) ON DELETE SET NULL ON UPDATE CASCADE, code varchar(9) UNIQUE, kind "OrderStatus" DEFAULT 'OPEN')
-- given: CREATE INDEX stock_customer_idx ON stock (customer_id, code)
ALTER TABLE stock ALTER COLUMN kind TYPE text;
-- quiet: varchar gets longer
ALTER TABLE customers ALTER COLUMN name TYPE varchar(100);
-- quiet: varchar to text
ALTER TABLE customers ALTER COLUMN name TYPE text;
-- quiet: the same with a USING that says nothing more
ALTER TABLE customers ALTER COLUMN name TYPE text USING name::text;
-- quiet: numeric gets wider at the same scale
ALTER TABLE orders ALTER COLUMN total TYPE numeric(14,2);
-- quiet: more precision
ALTER TABLE orders ALTER COLUMN placed TYPE timestamp(6);
-- quiet: in a table made here
CREATE TABLE parcels (id int); ALTER TABLE parcels ALTER COLUMN id TYPE bigint;
