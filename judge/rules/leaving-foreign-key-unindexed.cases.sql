-- caught notice: orders has no index over it
ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
-- caught notice: a new table, as Prisma writes it without @@index
CREATE TABLE lines (id int PRIMARY KEY, order_id int NOT NULL); ALTER TABLE lines ADD CONSTRAINT lines_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id);
-- caught notice: beside its column
CREATE TABLE lines (id int PRIMARY KEY, order_id int REFERENCES orders (id));
-- caught notice: with a column
ALTER TABLE audit ADD COLUMN order_id int REFERENCES orders (id);
-- caught notice: an index that begins with something else does not help
CREATE TABLE lines (id int, order_id int REFERENCES orders (id), PRIMARY KEY (id, order_id));
-- quiet: an index follows
CREATE TABLE lines (id int PRIMARY KEY, order_id int REFERENCES orders (id)); CREATE INDEX ON lines (order_id, id);
-- quiet: the primary key begins with it, as that of a many-to-many relation
CREATE TABLE "_A" ("A" int NOT NULL REFERENCES orders (id), CONSTRAINT "_A_AB_pkey" PRIMARY KEY ("A", id), id int);
-- quiet: it is there
-- given: CREATE INDEX orders_customer ON orders (customer_id);
ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
-- quiet: one to one
CREATE TABLE profiles (customer_id int UNIQUE REFERENCES customers (id));
-- quiet: nothing is known of the table
-- empty
ALTER TABLE parcels ADD CONSTRAINT parcels_order FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;
-- caught notice: one DELETE goes on without bound
ALTER TABLE audit ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES customers (id) ON DELETE CASCADE NOT VALID;
