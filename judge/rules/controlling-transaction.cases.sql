-- caught blocked: never committed
BEGIN; ALTER TABLE orders ADD COLUMN x int;
-- caught needs-approval: nested
BEGIN; BEGIN; ALTER TABLE orders ADD COLUMN x int; COMMIT;
-- caught needs-approval: nothing to commit
ALTER TABLE orders ADD COLUMN x int; COMMIT;
-- caught needs-approval: undone
BEGIN; ALTER TABLE orders ADD COLUMN x int; ROLLBACK;
-- quiet: one pair
BEGIN; ALTER TABLE orders ADD COLUMN x int; COMMIT;
