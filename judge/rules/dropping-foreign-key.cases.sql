-- caught notice: rows may point to nothing
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
-- caught notice: no migration made it, but this is what they are called
ALTER TABLE elsewhere DROP CONSTRAINT fk_elsewhere_order;
-- caught needs-approval: what runs now leaves the deletes to it
-- given: CREATE TABLE lines (order_id int CONSTRAINT lines_order REFERENCES orders (id) ON DELETE CASCADE);
ALTER TABLE lines DROP CONSTRAINT lines_order;
-- caught needs-approval: or the emptying
-- given: CREATE TABLE lines (order_id int CONSTRAINT lines_order REFERENCES orders (id) ON DELETE SET NULL);
ALTER TABLE lines DROP CONSTRAINT lines_order;
-- quiet: as Prisma changes what a key does
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey; ALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE;
-- quiet: another in the same statement
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey, ADD FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
-- caught notice: another key, over another column
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey, ADD FOREIGN KEY (id) REFERENCES customers (id) NOT VALID;
-- quiet: its column goes too, which is for another rule to say
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey, DROP COLUMN customer_id;
-- quiet: so does its table
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey; DROP TABLE orders;
-- quiet: made here
CREATE TABLE lines (order_id int CONSTRAINT lines_fk REFERENCES orders (id)); ALTER TABLE lines DROP CONSTRAINT lines_fk;
-- quiet: no foreign key
ALTER TABLE orders DROP CONSTRAINT memo_set;
