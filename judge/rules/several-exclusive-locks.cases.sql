-- caught notice: two tables
BEGIN; ALTER TABLE orders ADD COLUMN x int; ALTER TABLE customers ADD COLUMN x int; COMMIT;
-- quiet: one table twice
BEGIN; ALTER TABLE orders ADD COLUMN x int; ALTER TABLE orders ADD COLUMN y int; COMMIT;
-- quiet: each statement commits
-- prisma: 7.10.1
ALTER TABLE orders ADD COLUMN x int; ALTER TABLE customers ADD COLUMN x int;
