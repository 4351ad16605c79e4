-- caught needs-approval: one transaction
BEGIN; ALTER TABLE orders ADD CONSTRAINT c CHECK (total < 9) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c; COMMIT;
-- caught needs-approval: one file, before 7.4
-- prisma: 6.19.0
ALTER TABLE orders ADD CONSTRAINT c CHECK (total < 9) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c;
-- quiet: one file, from 7.4 on
-- prisma: 7.10.1
ALTER TABLE orders ADD CONSTRAINT c CHECK (total < 9) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c;
-- quiet: added earlier
ALTER TABLE orders VALIDATE CONSTRAINT total_positive;
-- quiet: two transactions
BEGIN; ALTER TABLE orders ADD CONSTRAINT c CHECK (total < 9) NOT VALID; COMMIT; BEGIN; ALTER TABLE orders VALIDATE CONSTRAINT c; COMMIT;
