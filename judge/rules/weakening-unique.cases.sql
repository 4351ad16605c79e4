-- caught notice: nothing is known of the release that runs now
ALTER TABLE orders DROP CONSTRAINT orders_code_key;
-- caught needs-approval: it may upsert by it
-- old: model orders { id Int @id ; code String @unique }
ALTER TABLE orders DROP CONSTRAINT orders_code_key;
-- quiet: replaced in the same statement
ALTER TABLE orders DROP CONSTRAINT orders_code_key, ADD CONSTRAINT orders_code_key UNIQUE (code);
-- quiet: not unique
DROP INDEX CONCURRENTLY orders_placed_idx;
