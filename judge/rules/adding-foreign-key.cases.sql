-- caught needs-approval: checked at once
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES customers (id);
-- quiet: NOT VALID
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES customers (id) NOT VALID;
-- quiet: as Prisma writes it for a new table
CREATE TABLE parcels (id int PRIMARY KEY, order_id int NOT NULL); ALTER TABLE parcels ADD CONSTRAINT parcels_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT ON UPDATE CASCADE;
