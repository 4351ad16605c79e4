-- caught needs-approval: a scan while the table is locked
BEGIN; ALTER TABLE orders ADD COLUMN x int; CREATE INDEX i ON orders (x); COMMIT;
-- caught needs-approval: a backfill beside it
-- prisma: 7.3.0
ALTER TABLE orders ADD COLUMN x int; UPDATE orders SET x = 1;
-- quiet: each statement commits
-- prisma: 7.10.1
ALTER TABLE orders ADD COLUMN x int; UPDATE orders SET x = 1;
-- quiet: both brief
BEGIN; ALTER TABLE orders ADD COLUMN x int; ALTER TABLE orders ADD COLUMN y int; COMMIT;
