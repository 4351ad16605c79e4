-- caught needs-approval: nothing is known of the release that runs now
ALTER TABLE orders DROP CONSTRAINT orders_code_key;
-- caught notice: it does not rely on it
-- old: model orders { id Int @id }
ALTER TABLE orders DROP CONSTRAINT orders_code_key;
-- caught needs-approval: it may upsert by it
-- old: model orders { id Int @id ; code String @unique }
ALTER TABLE orders DROP CONSTRAINT orders_code_key;
-- quiet: replaced in the same statement
ALTER TABLE orders DROP CONSTRAINT orders_code_key, ADD CONSTRAINT orders_code_key UNIQUE (code);
-- quiet: not unique
DROP INDEX CONCURRENTLY orders_placed_idx;
-- caught needs-approval: a constraint that no migration made
ALTER TABLE elsewhere DROP CONSTRAINT something;
-- quiet: a foreign key
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
-- quiet: a foreign key that no migration made, by its name
ALTER TABLE elsewhere DROP CONSTRAINT elsewhere_order_id_fkey;
-- caught notice: nothing is known of the table, and the name speaks of no key
-- empty
ALTER TABLE parcels DROP CONSTRAINT weight_limit;
-- caught needs-approval: nothing is known of the table, but this is what keys are called
-- empty
ALTER TABLE parcels DROP CONSTRAINT "parcels_code_key";
